namespace SseStreaming.Infrastructure.Generators;

/// <summary>
/// Keeps a generation at its pace on an absolute schedule: a segment that came late does not push back those after it, as a
/// delay after each would.
/// </summary>
internal struct Pace(TimeSpan interval, TimeProvider time)
{
    private readonly long _begun = time.GetTimestamp();
    private long _steps;

    /// <summary>Waits until the next segment is due; returns at once if the interval is zero or the time has passed.</summary>
    public Task NextAsync(CancellationToken cancellationToken)
    {
        if (interval == TimeSpan.Zero)
            return Task.CompletedTask;
        var left = (interval * ++_steps) - time.GetElapsedTime(_begun);
        return left > TimeSpan.Zero ? Task.Delay(left, time, cancellationToken) : Task.CompletedTask;
    }
}
