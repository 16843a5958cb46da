using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>
/// The text of a JSON string that may be half of a character: a server that cuts its text between two UTF-16 code units escapes
/// each half for itself, which <see cref="JsonElement.GetString"/> takes for no text. The other half comes with the next frame.
/// </summary>
internal static class JsonText
{
    public static string Of(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescape(value.GetRawText().AsSpan(1..^1));
        }
    }

    /// <summary>Text between two quotes whose escapes are known to be well-formed.</summary>
    private static string Unescape(ReadOnlySpan<char> escaped)
    {
        var text = new StringBuilder(escaped.Length);
        while (escaped.IndexOf('\\') is var at and >= 0)
        {
            text.Append(escaped[..at]);
            var isCode = escaped[at + 1] == 'u';
            text.Append(isCode ? (char)ushort.Parse(escaped.Slice(at + 2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : Short(escaped[at + 1]));
            escaped = escaped[(at + (isCode ? 6 : 2))..];
        }
        return text.Append(escaped).ToString();
    }

    private static char Short(char letter) => letter switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\b',
        'f' => '\f',
        _ => letter,
    };
}
