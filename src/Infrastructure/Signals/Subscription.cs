using System.Threading.Tasks.Sources;
using SseStreaming.Application.Common;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;

namespace SseStreaming.Infrastructure.Signals;

/// <summary>
/// The waits of one reader, one after the other, in one object: a wait usually allocates nothing, sets no timer and makes no
/// registration with the token. During a wait, a live viewer belongs to the thread that delivers to it.
/// </summary>
internal sealed class Subscription : Deadline, IStreamSubscription, IValueTaskSource<WaitOutcome>, IThreadPoolWorkItem
{
    private const int Reading = 0;
    private const int Notified = 1;
    private const int Waiting = 2;
    private const int Delivering = 3;

    /// <summary>Notified during a delivery.</summary>
    private const int Overtaken = 4;

    private readonly LiveReader? _live;
    private readonly TimeProvider _time;
    private readonly long _idleTicks;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private ManualResetValueTaskSourceCore<WaitOutcome> _wait;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private long _waitingSince;
    private int _state;
    private bool _isDisposed;

    public Subscription(SubscriberList list, TimeSpan idle, LiveReader? live, TimeProvider time)
    {
        List = list;
        _live = live;
        _time = time;
        _idleTicks = idle == Timeout.InfiniteTimeSpan ? Never : DeadlineQueue.ToTicks(time, idle);
    }

    public SubscriberList List { get; }

    public bool IsLive => _live is not null;

    /// <summary>Index in the list, which sets it.</summary>
    public int Index { get; set; }

    /// <summary>False if the list is closed.</summary>
    public bool TryStart(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        if (!List.TryAdd(this))
            return false;
        _registration = cancellationToken.UnsafeRegister(static self => ((Subscription)self!).EndWait(WaitOutcome.Cancelled), this);
        _waitingSince = _time.GetTimestamp();
        if (_idleTicks != Never)
            List.Deadlines.Add(this, _waitingSince + _idleTicks);
        return true;
    }

    public ValueTask<WaitOutcome> WaitAsync()
    {
        if (_cancellation.IsCancellationRequested)
            return new ValueTask<WaitOutcome>(WaitOutcome.Cancelled);
        _wait.Reset();
        var version = _wait.Version;
        Volatile.Write(ref _waitingSince, _time.GetTimestamp());
        if (Interlocked.CompareExchange(ref _state, Waiting, Reading) != Reading)
        {
            // A full fence: a read of the store must not move before it, or a notification in between would be lost.
            Interlocked.Exchange(ref _state, Reading);
            return new ValueTask<WaitOutcome>(WaitOutcome.Notified);
        }
        // The registration's callback may have run before this wait began.
        if (_cancellation.IsCancellationRequested)
            EndWait(WaitOutcome.Cancelled);
        return new ValueTask<WaitOutcome>(this, version);
    }

    /// <summary>Wakes the reader.</summary>
    public void Notify()
    {
        if (TryTakeWait())
            EndDelivery(WaitOutcome.Notified);
    }

    /// <summary>Delivers the events up to a sequence if the reader waits, and otherwise wakes it.</summary>
    public void Notify(long last, ref EventBatch tail)
    {
        if (!TryTakeWait())
            return;
        try
        {
            if (last == SubscriberList.Unknown || !_live!.TryDeliver(last, ref tail))
            {
                EndDelivery(WaitOutcome.Notified);
                return;
            }
        }
        catch (Exception exception)
        {
            Interlocked.Exchange(ref _state, Reading);
            _wait.SetException(exception);
            return;
        }
        Volatile.Write(ref _waitingSince, _time.GetTimestamp());
        if (Interlocked.CompareExchange(ref _state, Waiting, Delivering) != Delivering)
            EndDelivery(WaitOutcome.Notified);
        // Its callback does nothing during a delivery.
        else if (_cancellation.IsCancellationRequested)
            EndWait(WaitOutcome.Cancelled);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        List.Remove(this);
        _registration.Dispose();
        List.Deadlines.Remove(this);
    }

    /// <summary>Takes the viewer out of its wait. Otherwise its reader, or the thread that delivers to it, is left a note.</summary>
    private bool TryTakeWait()
    {
        while (true)
        {
            var state = Interlocked.CompareExchange(ref _state, Delivering, Waiting);
            if (state == Waiting)
                return true;
            if (state is Notified or Overtaken)
                return false;
            var note = state == Reading ? Notified : Overtaken;
            if (Interlocked.CompareExchange(ref _state, note, state) == state)
                return false;
        }
    }

    private void EndDelivery(WaitOutcome outcome)
    {
        Interlocked.Exchange(ref _state, Reading);
        _wait.SetResult(outcome);
    }

    /// <summary>Called once an interval, because setting a deadline for each wait costs more. The current wait may have begun later.</summary>
    protected internal override long OnDue(long now)
    {
        var due = Volatile.Read(ref _waitingSince) + _idleTicks;
        if (due > now)
            return due;
        EndWait(WaitOutcome.Idle);
        return now + _idleTicks;
    }

    /// <summary>Ends the wait, unless it has ended or an event is being delivered.</summary>
    private void EndWait(WaitOutcome outcome)
    {
        if (Interlocked.CompareExchange(ref _state, Reading, Waiting) == Waiting)
            _wait.SetResult(outcome);
    }

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
