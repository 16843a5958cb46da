using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace SseStreaming.Application.Generations;

/// <summary>
/// Reads an async sequence until it is interrupted, even if the sequence ignores the cancellation: a generator that hangs must not keep
/// its stream open. An awaited move allocates nothing.
/// </summary>
[SuppressMessage("Reliability", "CA2012", Justification = "The awaiter of a move is used once, when the move has completed.")]
internal sealed class InterruptibleEnumerator<T> : IAsyncDisposable, IValueTaskSource<bool>
{
    private readonly IAsyncEnumerator<T> _inner;
    private readonly TimeProvider _time;
    private readonly CancellationToken _interrupt;
    private readonly CancellationTokenRegistration _registration;
    private readonly Action _onMoved;
    private readonly Lock _gate = new();
    private ValueTaskAwaiter<bool> _move;
    private ManualResetValueTaskSourceCore<bool> _wait;
    private TaskCompletionSource? _abandoned;
    private ITimer? _pauseTimer;

    /// <summary>True while the move of the sequence has not completed.</summary>
    private bool _isMoving;

    /// <summary>True while the wait for the move is not completed by its result, a pause or an interrupt.</summary>
    private bool _isWaiting;
    private bool _mayPause;

    public InterruptibleEnumerator(IAsyncEnumerable<T> source, TimeProvider time, CancellationToken interrupt)
    {
        _time = time;
        _interrupt = interrupt;
        _inner = source.GetAsyncEnumerator(interrupt);
        _onMoved = OnMoved;
        _registration = interrupt.UnsafeRegister(static self => ((InterruptibleEnumerator<T>)self!).Interrupt(), this);
    }

    public T Current => _inner.Current;

    /// <summary>True if the last wait was ended by <see cref="PauseAfter"/>, so that <see cref="ResumeAsync"/> has to be called next.</summary>
    public bool IsPaused { get; private set; }

    /// <exception cref="OperationCanceledException">The interrupt was cancelled.</exception>
    public ValueTask<bool> MoveNextAsync()
    {
        _interrupt.ThrowIfCancellationRequested();
        var move = _inner.MoveNextAsync();
        if (move.IsCompleted)
            return move;

        _move = move.GetAwaiter();
        _wait.Reset();
        lock (_gate)
        {
            _isMoving = true;
            _isWaiting = true;
            _mayPause = false;
        }
        _move.UnsafeOnCompleted(_onMoved);
        return Wait();
    }

    /// <summary>Ends the wait for the current move, with the result false, if the move takes longer than a time. The move itself continues.</summary>
    public void PauseAfter(TimeSpan silence)
    {
        lock (_gate)
            _mayPause = _isWaiting;
        _pauseTimer ??= _time.CreateTimer(
            static self => ((InterruptibleEnumerator<T>)self!).Pause(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // It is not stopped when the move completes, because the next call sets it anew: Pause checks whether it may.
        _pauseTimer.Change(silence, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits on for the move after a pause.</summary>
    /// <exception cref="OperationCanceledException">The interrupt was cancelled.</exception>
    public ValueTask<bool> ResumeAsync()
    {
        _interrupt.ThrowIfCancellationRequested();
        IsPaused = false;
        _wait.Reset();
        bool isMoving;
        lock (_gate)
        {
            isMoving = _isMoving;
            _isWaiting = isMoving;
            _mayPause = false;
        }
        return isMoving ? Wait() : new ValueTask<bool>(_move.GetResult());
    }

    /// <summary>
    /// Disposes the sequence, after the move that an interrupt abandoned has completed. The interrupt must be cancelled first unless the
    /// last move was awaited.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _registration.DisposeAsync();
        if (_pauseTimer is not null)
            await _pauseTimer.DisposeAsync();
        // An async iterator that is disposed during a move throws NotSupportedException.
        if (_abandoned is { } abandoned)
            await abandoned.Task;
        await _inner.DisposeAsync();
    }

    private ValueTask<bool> Wait()
    {
        // The registration may have run before the wait began.
        if (_interrupt.IsCancellationRequested)
            Interrupt();
        return new ValueTask<bool>(this, _wait.Version);
    }

    private void OnMoved()
    {
        bool isWaiting;
        TaskCompletionSource? abandoned;
        lock (_gate)
        {
            (isWaiting, abandoned) = (_isWaiting, _abandoned);
            _isMoving = false;
            _isWaiting = false;
        }
        // During a pause ResumeAsync takes the result.
        if (!isWaiting && abandoned is null)
            return;
        try
        {
            var moved = _move.GetResult();
            if (isWaiting)
                _wait.SetResult(moved);
        }
        // The result of an abandoned move does not matter; usually it is the cancellation that abandoned it.
        catch (Exception exception)
        {
            if (isWaiting)
                _wait.SetException(exception);
        }
        abandoned?.SetResult();
    }

    private void Pause()
    {
        lock (_gate)
        {
            if (!_isWaiting || !_mayPause)
                return;
            _isWaiting = false;
            IsPaused = true;
        }
        _wait.SetResult(false);
    }

    private void Interrupt()
    {
        bool isWaiting;
        lock (_gate)
        {
            if (!_isMoving)
                return;
            isWaiting = _isWaiting;
            _isWaiting = false;
            _abandoned ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        if (!isWaiting)
            return;
        // The continuation must not run on the stack of the canceller.
        _wait.RunContinuationsAsynchronously = true;
        _wait.SetException(new OperationCanceledException(_interrupt));
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
