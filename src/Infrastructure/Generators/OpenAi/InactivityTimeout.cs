namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Ends a wait for the model that lasts too long. It is stopped while the model waits for this server.</summary>
internal sealed class InactivityTimeout : IDisposable
{
    private readonly CancellationTokenSource _elapsed;
    private readonly CancellationTokenSource _linked;

    public InactivityTimeout(TimeProvider time, CancellationToken stop)
    {
        _elapsed = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_elapsed.Token, stop);
    }

    /// <summary>Cancelled when the time has elapsed, or the generation was stopped.</summary>
    public CancellationToken Token => _linked.Token;

    public bool HasElapsed => _elapsed.IsCancellationRequested;

    public void Restart(TimeSpan timeout) => _elapsed.CancelAfter(timeout);

    public void Stop() => _elapsed.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _linked.Dispose();
        _elapsed.Dispose();
    }
}
