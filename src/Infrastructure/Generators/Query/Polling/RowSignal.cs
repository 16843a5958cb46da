using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Infrastructure.Generators.Query.Polling;

/// <summary>Wakes all who wait for rows. Whoever reads takes <see cref="Next"/> first, reads, and only then waits for it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing.")]
internal sealed class RowSignal(Func<RowSignal, CancellationToken, Task> listen)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _next = NewTicket();
    private CancellationTokenSource? _listening;
    private Task _listenLoop = Task.CompletedTask;
    private int _subscribers;

    /// <summary>Completes at the next ring.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Notify() => Interlocked.Exchange(ref _next, NewTicket()).SetResult();

    /// <summary>Listens while anybody uses the bell: one connection, however many generations.</summary>
    public IAsyncDisposable Subscribe()
    {
        lock (_gate)
        {
            if (_subscribers++ == 0)
            {
                _listening = new CancellationTokenSource();
                // It outlives the generation that begins it, and is no part of its trace.
                using (ExecutionContext.SuppressFlow())
                    _listenLoop = ListenAfterAsync(_listenLoop, _listening.Token);
            }
        }
        return new Subscriber(this);
    }

    private async Task ListenAfterAsync(Task previous, CancellationToken cancellationToken)
    {
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        try
        {
            await listen(this, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async ValueTask UnsubscribeAsync()
    {
        Task loop;
        CancellationTokenSource listening;
        lock (_gate)
        {
            if (--_subscribers > 0)
                return;
            loop = _listenLoop;
            listening = _listening!;
        }
        await listening.CancelAsync();
        await loop;
    }

    private static TaskCompletionSource NewTicket() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Subscriber(RowSignal signal) : IAsyncDisposable
    {
        private bool _isDisposed;

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isDisposed, true) ? default : signal.UnsubscribeAsync();
    }
}
