using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace SseStreaming.Application.Generations;

/// <summary>
/// Reads an async sequence until it is interrupted, even if the sequence ignores the cancellation: a generator that hangs must not keep
/// its stream open. An awaited move allocates nothing.
/// </summary>
[SuppressMessage("Reliability", "CA2012", Justification = "The awaiter of a move is used once, in its continuation.")]
internal sealed class InterruptibleEnumerator<T> : IAsyncDisposable, IValueTaskSource<bool>
{
    private readonly IAsyncEnumerator<T> _inner;
    private readonly CancellationToken _interrupt;
    private readonly CancellationTokenRegistration _registration;
    private readonly Action _onMoved;
    private readonly Lock _gate = new();
    private ValueTaskAwaiter<bool> _move;
    private ManualResetValueTaskSourceCore<bool> _wait;
    private TaskCompletionSource? _abandoned;
    private bool _waiting;

    public InterruptibleEnumerator(IAsyncEnumerable<T> source, CancellationToken interrupt)
    {
        _interrupt = interrupt;
        _inner = source.GetAsyncEnumerator(interrupt);
        _onMoved = OnMoved;
        _registration = interrupt.UnsafeRegister(static self => ((InterruptibleEnumerator<T>)self!).Interrupt(), this);
    }

    public T Current => _inner.Current;

    /// <exception cref="OperationCanceledException">The interrupt was cancelled.</exception>
    public ValueTask<bool> MoveNextAsync()
    {
        _interrupt.ThrowIfCancellationRequested();
        var move = _inner.MoveNextAsync();
        if (move.IsCompleted)
            return move;

        _wait.Reset();
        _move = move.GetAwaiter();
        lock (_gate)
            _waiting = true;
        _move.UnsafeOnCompleted(_onMoved);
        // The registration may have run before the wait began.
        if (_interrupt.IsCancellationRequested)
            Interrupt();
        return new ValueTask<bool>(this, _wait.Version);
    }

    /// <summary>
    /// Disposes the sequence, after the move that an interrupt abandoned has completed. The interrupt must be cancelled first unless the
    /// last move was awaited.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _registration.DisposeAsync();
        // An async iterator that is disposed during a move throws NotSupportedException.
        if (_abandoned is { } abandoned)
            await abandoned.Task;
        await _inner.DisposeAsync();
    }

    private void OnMoved()
    {
        TaskCompletionSource? abandoned;
        lock (_gate)
        {
            abandoned = _abandoned;
            _waiting = false;
        }
        try
        {
            var moved = _move.GetResult();
            if (abandoned is null)
                _wait.SetResult(moved);
        }
        // The result of an abandoned move does not matter; usually it is the cancellation that abandoned it.
        catch (Exception exception)
        {
            if (abandoned is null)
                _wait.SetException(exception);
        }
        abandoned?.SetResult();
    }

    private void Interrupt()
    {
        lock (_gate)
        {
            if (!_waiting)
                return;
            _waiting = false;
            _abandoned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        // The continuation must not run on the stack of the canceller.
        _wait.RunContinuationsAsynchronously = true;
        _wait.SetException(new OperationCanceledException(_interrupt));
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
