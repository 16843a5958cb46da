using System.Globalization;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>
/// The cursor of a live response: a time interval, in which a cache may answer all clients with one response. It is always above the
/// client's, so that no client receives the same cached response again.
/// </summary>
internal static class StreamCursor
{
    private const int IntervalSeconds = 20;

    /// <summary>An hour in intervals.</summary>
    private const int MaxAdvance = 3600 / IntervalSeconds;

    private const int MaxDigits = 18;

    private static readonly DateTimeOffset Epoch = new(2024, 10, 9, 0, 0, 0, TimeSpan.Zero);

    public static string GetNext(string? received, TimeProvider time)
    {
        var current = (long)(time.GetUtcNow() - Epoch).TotalSeconds / IntervalSeconds;
        if (received?.Length <= MaxDigits
            && long.TryParse(received, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && last >= current)
            current = last + Random.Shared.Next(1, MaxAdvance + 1);
        return current.ToString(CultureInfo.InvariantCulture);
    }
}
