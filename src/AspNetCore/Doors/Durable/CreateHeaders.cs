using System.Globalization;
using System.Text.RegularExpressions;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>The headers that say how long a new stream is kept.</summary>
internal static partial class CreateHeaders
{
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>A start with this time, or the refusal of the headers.</summary>
    public static Outcome<ExternalStart> ReadTime(IHeaderDictionary headers)
    {
        var (timeToLive, expires) = (headers[DurableHeaders.TimeToLive], headers[DurableHeaders.ExpiresAt]);
        if (timeToLive.Count > 0 && expires.Count > 0)
            return Refusal.Invalid(DurableHeaders.TimeToLive, $"Only one of '{DurableHeaders.TimeToLive}' and '{DurableHeaders.ExpiresAt}' may be given.");
        if (timeToLive.Count > 0)
        {
            return timeToLive is [{ } seconds] && Seconds().IsMatch(seconds)
                ? new ExternalStart { TimeToLive = TimeSpan.FromSeconds(long.Parse(seconds, NumberStyles.None, CultureInfo.InvariantCulture)) }
                : Refusal.Invalid(DurableHeaders.TimeToLive, $"'{DurableHeaders.TimeToLive}' must be a whole number of seconds with at most 10 digits.");
        }
        if (expires.Count == 0)
            return new ExternalStart();
        return DateTimeOffset.TryParseExact(
            expires, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? new ExternalStart { Expires = time }
            : Refusal.Invalid(DurableHeaders.ExpiresAt, $"'{DurableHeaders.ExpiresAt}' must be a time as in RFC 3339.");
    }

    [GeneratedRegex(@"\A(0|[1-9][0-9]{0,9})\z")]
    private static partial Regex Seconds();
}
