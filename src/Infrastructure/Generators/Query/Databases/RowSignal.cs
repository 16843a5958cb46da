using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>
/// Notifies all generations of a source that there may be new rows. A generation takes <see cref="Next"/> before it reads, so
/// that it misses no notification between the read and the wait.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds no resources.")]
internal sealed class RowSignal(Func<RowSignal, CancellationToken, Task> listen)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _next = CreateCompletion();
    private CancellationTokenSource? _listening;
    private Task _listenLoop = Task.CompletedTask;
    private int _subscribers;

    /// <summary>Completes at the next notification.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Notify() => Interlocked.Exchange(ref _next, CreateCompletion()).SetResult();

    /// <summary>Listens while there are subscribers: one connection for all generations.</summary>
    public IAsyncDisposable Subscribe()
    {
        lock (_gate)
        {
            if (_subscribers++ == 0)
            {
                _listening = new CancellationTokenSource();
                // The loop outlives the generation that starts it, and is not part of its trace.
                using (ExecutionContext.SuppressFlow())
                    _listenLoop = ListenAfterAsync(_listenLoop, _listening.Token);
            }
        }
        return new Subscription(this);
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

    private static TaskCompletionSource CreateCompletion() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Subscription(RowSignal signal) : IAsyncDisposable
    {
        private bool _isDisposed;

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isDisposed, true) ? default : signal.UnsubscribeAsync();
    }
}
