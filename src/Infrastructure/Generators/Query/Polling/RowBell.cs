using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Infrastructure.Generators.Query.Polling;

/// <summary>Wakes all who wait for rows. Whoever reads takes <see cref="Next"/> first, reads, and only then waits for it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing.")]
internal sealed class RowBell(Func<RowBell, CancellationToken, Task> listen)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _next = NewTicket();
    private CancellationTokenSource? _listening;
    private Task _loop = Task.CompletedTask;
    private int _users;

    /// <summary>Completes at the next ring.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Ring() => Interlocked.Exchange(ref _next, NewTicket()).SetResult();

    /// <summary>Listens while anybody uses the bell: one connection, however many generations.</summary>
    public IAsyncDisposable Use()
    {
        lock (_gate)
        {
            if (_users++ == 0)
            {
                _listening = new CancellationTokenSource();
                // It outlives the generation that begins it, and is no part of its trace.
                using (ExecutionContext.SuppressFlow())
                    _loop = ListenAfterAsync(_loop, _listening.Token);
            }
        }
        return new User(this);
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

    private async ValueTask LeaveAsync()
    {
        Task loop;
        CancellationTokenSource listening;
        lock (_gate)
        {
            if (--_users > 0)
                return;
            loop = _loop;
            listening = _listening!;
        }
        await listening.CancelAsync();
        await loop;
    }

    private static TaskCompletionSource NewTicket() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class User(RowBell bell) : IAsyncDisposable
    {
        private bool _left;

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _left, true) ? default : bell.LeaveAsync();
    }
}
