namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>Ends a wait for the model that lasts too long. It is stopped while the model waits for this server.</summary>
internal sealed class InactivityTimeout : IDisposable
{
    /// <summary>How long the usage and the end marker may take after the finish reason.</summary>
    public static readonly TimeSpan AfterFinish = TimeSpan.FromSeconds(5);

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
