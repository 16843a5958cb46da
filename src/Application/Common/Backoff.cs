namespace SseStreaming.Application.Common;

/// <summary>Delays between attempts that fail in a row: each is twice the one before, up to a maximum.</summary>
/// <param name="First">The delay after the first failure.</param>
/// <param name="Maximum">The longest delay, before the jitter is applied.</param>
/// <param name="Jitter">The fraction by which a delay varies at random in either direction, so that nodes do not retry in step.</param>
internal readonly record struct Backoff(TimeSpan First, TimeSpan Maximum, double Jitter = 0)
{
    /// <summary>The delay after a failed attempt; <paramref name="attempt"/> counts from zero.</summary>
    public TimeSpan GetDelay(int attempt)
    {
        // Computed as a double, because a TimeSpan overflows. No maximum is more than 62 doublings away: a TimeSpan has 63 bits.
        var seconds = Math.Min(First.TotalSeconds * Math.Pow(2, Math.Min(attempt, 62)), Maximum.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (1 + (Jitter * ((2 * Random.Shared.NextDouble()) - 1))));
    }
}
