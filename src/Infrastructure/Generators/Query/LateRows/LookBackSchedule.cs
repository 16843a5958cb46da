namespace SseStreaming.Infrastructure.Generators.Query.LateRows;

/// <summary>
/// When to look for late rows: at an interval, or when something says that there are some; but seldom enough that it takes a small
/// part of the time, however many rows wait.
/// </summary>
internal sealed class LookBackSchedule(TimeSpan interval, TimeProvider time)
{
    /// <summary>A tenth of the database's time for late rows is enough.</summary>
    private const int Rest = 9;

    private long _ended = time.GetTimestamp();
    private long _begun;
    private TimeSpan _pause;
    private bool _isAsked;

    /// <summary>How long until the next look.</summary>
    public TimeSpan Wait => (_isAsked || _pause > interval ? _pause : interval) - time.GetElapsedTime(_ended);

    /// <summary>Does not wait for the interval.</summary>
    public void Ask() => _isAsked = true;

    public void Begin()
    {
        _begun = time.GetTimestamp();
        _isAsked = false;
    }

    public void End()
    {
        _ended = time.GetTimestamp();
        _pause = time.GetElapsedTime(_begun, _ended) * Rest;
    }
}
