namespace SseStreaming.Client;

/// <summary>
/// How long a connection may be silent. A server sends its heartbeat after an interval without other data, so the silence before a
/// comment is that interval.
/// </summary>
internal sealed class InactivityLimit
{
    /// <summary>Intervals of the heartbeat after which a connection counts as dead.</summary>
    private const double Patience = 2.5;

    /// <summary>Maximum ratio of the limit to the initial one, and of the initial one to the limit.</summary>
    private const int Span = 8;

    private readonly TimeSpan _initial;
    private TimeSpan? _heartbeat;

    public InactivityLimit(TimeSpan initial) => Current = _initial = initial;

    public TimeSpan Current { get; private set; }

    public void HeartbeatAfter(TimeSpan silence)
    {
        // A comment directly after other data is no heartbeat.
        if (silence < _initial / 100)
            return;
        // Rises at once and falls slowly: a limit that is too short would break a working connection.
        _heartbeat = _heartbeat is { } known && silence < known ? (known * 0.75) + (silence * 0.25) : silence;
        Current = TimeSpan.FromTicks(Math.Clamp((_heartbeat.Value * Patience).Ticks, (_initial / Span).Ticks, (_initial * Span).Ticks));
    }

    /// <summary>The heartbeat may be slower than the limit, which must grow until one is observed.</summary>
    public void Expired() => Current = TimeSpan.FromTicks(Math.Min((_initial * Span).Ticks, (Current * 2).Ticks));
}
