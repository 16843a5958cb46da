using System.Threading.Tasks.Sources;

namespace SseStreaming.Infrastructure.Generators.Pacing;

/// <summary>
/// Paces a generation on an absolute schedule: a late segment does not delay those after it, as a delay after each segment would.
/// The object is reused for all waits of a generation.
/// </summary>
internal sealed class Pace : IValueTaskSource, IDisposable
{
    private const int None = 0;

    private readonly PacingQueue _queue;
    private readonly TimeProvider _time;
    private readonly long _interval;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private ManualResetValueTaskSourceCore<bool> _wait;
    private long _due;

    /// <summary>Number of the pending wait; <see cref="None"/> if there is none.</summary>
    private int _waiting;

    public Pace(PacingQueue queue, TimeProvider time, TimeSpan interval, CancellationToken cancellationToken)
    {
        _queue = queue;
        _time = time;
        _interval = (long)(interval.TotalSeconds * time.TimestampFrequency);
        _due = time.GetTimestamp();
        _cancellation = cancellationToken;
        if (_interval > 0)
            _registration = cancellationToken.UnsafeRegister(static self => ((Pace)self!).Cancel(), this);
    }

    /// <summary>Waits until the next segment is due; completes at once if the interval is zero or the segment is late.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask NextAsync()
    {
        if (_interval == 0)
            return default;
        _cancellation.ThrowIfCancellationRequested();
        _due += _interval;
        if (_due <= _time.GetTimestamp())
            return default;

        _wait.Reset();
        // The version is a short that wraps around; as an unsigned number plus one it is never None.
        var number = (ushort)_wait.Version + 1;
        Volatile.Write(ref _waiting, number);
        _queue.Add(this, number, _due);
        // The registration may have run before the wait was pending.
        if (_cancellation.IsCancellationRequested)
            Cancel();
        return new ValueTask(this, _wait.Version);
    }

    public void Dispose() => _registration.Dispose();

    /// <summary>Ends a wait, unless it has already ended.</summary>
    internal void Wake(int wait)
    {
        if (Interlocked.CompareExchange(ref _waiting, None, wait) == wait)
            _wait.SetResult(true);
    }

    private void Cancel()
    {
        if (Interlocked.Exchange(ref _waiting, None) != None)
            _wait.SetException(new OperationCanceledException(_cancellation));
    }

    void IValueTaskSource.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
