namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Ends a wait for the model that lasts too long. It does not run while the model is waiting for us.</summary>
internal sealed class SilenceTimer : IDisposable
{
    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenSource _either;

    public SilenceTimer(TimeProvider time, CancellationToken stop)
    {
        _over = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, stop);
    }

    /// <summary>Cancelled when the time is over, or the generation was stopped.</summary>
    public CancellationToken Token => _either.Token;

    public bool IsOver => _over.IsCancellationRequested;

    /// <summary>Begins anew.</summary>
    public void Start(TimeSpan time) => _over.CancelAfter(time);

    public void Stop() => _over.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _either.Dispose();
        _over.Dispose();
    }
}
