namespace SseStreaming.Infrastructure.Generators.Query;

/// <summary>When to look for late rows: at the interval, but seldom enough that it takes a small part of the time, however many rows wait.</summary>
internal sealed class LookBackSchedule(TimeSpan interval, TimeProvider time)
{
    /// <summary>A tenth of the database's time for late rows is enough.</summary>
    private const int Rest = 9;

    private long _ended = time.GetTimestamp();
    private long _begun;
    private TimeSpan _pause;

    public bool IsDue(int rows) => rows > 0 && time.GetElapsedTime(_ended) >= (_pause > interval ? _pause : interval);

    public void Begin() => _begun = time.GetTimestamp();

    public void End()
    {
        _ended = time.GetTimestamp();
        _pause = time.GetElapsedTime(_begun, _ended) * Rest;
    }
}
