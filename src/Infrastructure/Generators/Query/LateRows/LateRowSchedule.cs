namespace SseStreaming.Infrastructure.Generators.Query.LateRows;

/// <summary>
/// Decides when to scan for late rows: at an interval or on request, but rarely enough that scans take only a small part of the
/// time, however many rows are unsettled.
/// </summary>
internal sealed class LateRowSchedule(TimeSpan interval, TimeProvider time)
{
    /// <summary>The pause after a scan as a multiple of its duration: scans take at most a tenth of the time.</summary>
    private const int PauseFactor = 9;

    private long _scanEndedAt = time.GetTimestamp();
    private long _scanStartedAt;
    private TimeSpan _pause;
    private bool _isRequested;

    /// <summary>Time until the next scan.</summary>
    public TimeSpan TimeUntilScan => (_isRequested || _pause > interval ? _pause : interval) - time.GetElapsedTime(_scanEndedAt);

    /// <summary>Requests a scan before the interval has passed.</summary>
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
