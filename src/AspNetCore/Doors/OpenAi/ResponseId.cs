using System.Globalization;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>The ids of a response and of its frames.</summary>
internal static class ResponseId
{
    public const string Prefix = "resp_";

    public static bool TryParse(string? text, out StreamId streamId)
    {
        streamId = default;
        return text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) && StreamId.TryParse(text.AsSpan(Prefix.Length), out streamId);
    }

    /// <summary>Parses the id of a frame: that of its response, a dot, and its sequence number.</summary>
    public static bool TryParseFrame(string text, out StreamId streamId, out long number)
    {
        number = 0;
        var dot = text.LastIndexOf('.');
        return TryParse(dot < 0 ? null : text[..dot], out streamId) && TryParseNumber(text[(dot + 1)..], out number);
    }

    /// <summary>A number without sign, white space or leading zeros.</summary>
    public static bool TryParseNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && text == number.ToString(CultureInfo.InvariantCulture);
}
