namespace SseStreaming.Infrastructure.Generators.Query.LateRows;

/// <summary>
/// When to look for late rows: at an interval, or when something says that there are some; but seldom enough that it takes a small
/// part of the time, however many rows wait.
/// </summary>
internal sealed class LateRowSchedule(TimeSpan interval, TimeProvider time)
{
    /// <summary>A tenth of the database's time for late rows is enough.</summary>
    private const int PauseFactor = 9;

    private long _scanEndedAt = time.GetTimestamp();
    private long _scanStartedAt;
    private TimeSpan _pause;
    private bool _isRequested;

    /// <summary>How long until the next look.</summary>
    public TimeSpan Wait => (_isRequested || _pause > interval ? _pause : interval) - time.GetElapsedTime(_scanEndedAt);

    /// <summary>Does not wait for the interval.</summary>
    public void RequestScan() => _isRequested = true;

    public void BeginScan()
    {
        _scanStartedAt = time.GetTimestamp();
        _isRequested = false;
    }

    public void EndScan()
    {
        _scanEndedAt = time.GetTimestamp();
        _pause = time.GetElapsedTime(_scanStartedAt, _scanEndedAt) * PauseFactor;
    }
}
