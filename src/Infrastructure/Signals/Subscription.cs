using System.Threading.Tasks.Sources;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Signals;

/// <summary>
/// The waits of one reader, one after the other, in one object: a wait usually allocates nothing, sets no timer and makes no
/// registration with the token.
/// </summary>
internal sealed class Subscription : IStreamSubscription, IValueTaskSource<WaitOutcome>, IThreadPoolWorkItem
{
    private const int Reading = 0;
    private const int Notified = 1;
    private const int Waiting = 2;

    private readonly InProcessSignal _signal;
    private readonly TimeProvider _time;
    private readonly TimeSpan _idleTime;
    private readonly ITimer _timer;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private ManualResetValueTaskSourceCore<WaitOutcome> _wait;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private long _waitingSince;
    private int _state;
    private bool _disposed;

    public Subscription(InProcessSignal signal, StreamId streamId, SubscriberList list, TimeSpan idle, TimeProvider time)
    {
        _signal = signal;
        _time = time;
        _idleTime = idle;
        StreamId = streamId;
        List = list;
        _timer = time.CreateTimer(static self => ((Subscription)self!).CheckIdle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public StreamId StreamId { get; }

    public SubscriberList List { get; }

    /// <summary>Index in the list, which sets it.</summary>
    public int Index { get; set; }

    public void Start(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static self => ((Subscription)self!).Cancel(), this);
        Volatile.Write(ref _waitingSince, _time.GetTimestamp());
        _timer.Change(_idleTime, Timeout.InfiniteTimeSpan);
    }

    public ValueTask<WaitOutcome> WaitAsync()
    {
        if (_cancellation.IsCancellationRequested)
            return new ValueTask<WaitOutcome>(WaitOutcome.Cancelled);
        _wait.Reset();
        Volatile.Write(ref _waitingSince, _time.GetTimestamp());
        if (Interlocked.CompareExchange(ref _state, Waiting, Reading) != Reading)
        {
            // A full fence: a read of the store must not move before it, or a notification in between would be lost.
            Interlocked.Exchange(ref _state, Reading);
            return new ValueTask<WaitOutcome>(WaitOutcome.Notified);
        }
        // The registration's callback may have run before this wait began.
        if (_cancellation.IsCancellationRequested)
            Cancel();
        return new ValueTask<WaitOutcome>(this, _wait.Version);
    }

    public void Notify()
    {
        if (Interlocked.CompareExchange(ref _state, Notified, Reading) == Waiting && EndWait())
            _wait.SetResult(WaitOutcome.Notified);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        _signal.Unsubscribe(this);
        _registration.Dispose();
        _timer.Dispose();
    }

    /// <summary>
    /// Runs once an interval, because setting the timer for each wait costs more. If the current wait began later, it sets the timer
    /// for the remaining time.
    /// </summary>
    private void CheckIdle()
    {
        var remaining = _idleTime - _time.GetElapsedTime(Volatile.Read(ref _waitingSince));
        if (remaining > TimeSpan.Zero)
        {
            _timer.Change(remaining, Timeout.InfiniteTimeSpan);
            return;
        }
        _timer.Change(_idleTime, Timeout.InfiniteTimeSpan);
        if (EndWait())
            _wait.SetResult(WaitOutcome.Idle);
    }

    private void Cancel()
    {
        if (EndWait())
            _wait.SetResult(WaitOutcome.Cancelled);
    }

    /// <summary>Returns true to exactly one caller for each wait, which must then complete it.</summary>
    private bool EndWait() => Interlocked.CompareExchange(ref _state, Reading, Waiting) == Waiting;

    WaitOutcome IValueTaskSource<WaitOutcome>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<WaitOutcome>.GetStatus(short token) => _wait.GetStatus(token);

    /// <summary>
    /// Queues the reader's continuation to the global queue. The default is the front of the local queue: under overload the readers
    /// that were notified last would run first, and the others would starve.
    /// </summary>
    void IValueTaskSource<WaitOutcome>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        (_continuation, _continuationState) = (continuation, state);
        _wait.OnCompleted(
            static self => ThreadPool.UnsafeQueueUserWorkItem((Subscription)self!, preferLocal: false), this, token, ValueTaskSourceOnCompletedFlags.None);
    }

    void IThreadPoolWorkItem.Execute() => _continuation!(_continuationState);
}
