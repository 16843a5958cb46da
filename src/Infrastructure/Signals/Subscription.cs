using System.Threading.Tasks.Sources;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Signals;

/// <summary>
/// One reader's waits, one after the other, all in this object: in the steady state a wait allocates nothing, sets no timer and
/// registers nothing with a token.
/// </summary>
internal sealed class Subscription : IStreamSubscription, IValueTaskSource<bool>, IThreadPoolWorkItem
{
    private const int Quiet = 0;
    private const int Notified = 1;
    private const int Waiting = 2;

    private readonly InProcessSignal _signal;
    private readonly TimeProvider _time;
    private readonly TimeSpan _idle;
    private readonly ITimer _timer;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private ManualResetValueTaskSourceCore<bool> _wait;
    private Action<object?>? _reader;
    private object? _readerState;
    private long _waitingSince;
    private int _state;
    private bool _disposed;

    public Subscription(InProcessSignal signal, StreamId streamId, SubscriberList list, TimeSpan idle, TimeProvider time)
    {
        _signal = signal;
        _time = time;
        _idle = idle;
        StreamId = streamId;
        List = list;
        _timer = time.CreateTimer(static self => ((Subscription)self!).CheckIdle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public StreamId StreamId { get; }

    public SubscriberList List { get; }

    /// <summary>Place in the list, which keeps it.</summary>
    public int Index { get; set; }

    public void Start(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static self => ((Subscription)self!).Cancel(), this);
        Volatile.Write(ref _waitingSince, _time.GetTimestamp());
        _timer.Change(_idle, Timeout.InfiniteTimeSpan);
    }

    public ValueTask<bool> WaitAsync()
    {
        _cancellation.ThrowIfCancellationRequested();
        _wait.Reset();
        Volatile.Write(ref _waitingSince, _time.GetTimestamp());
        if (Interlocked.CompareExchange(ref _state, Waiting, Quiet) != Quiet)
        {
            // A full fence: the reader's next look must not come before this, or a ring in between would be lost.
            Interlocked.Exchange(ref _state, Quiet);
            return new ValueTask<bool>(true);
        }
        // The registration may have run before there was a wait to end.
        if (_cancellation.IsCancellationRequested)
            Cancel();
        return new ValueTask<bool>(this, _wait.Version);
    }

    public void Notify()
    {
        if (Interlocked.CompareExchange(ref _state, Notified, Quiet) == Waiting && EndWait())
            _wait.SetResult(true);
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
    /// The timer is set once an interval, not once a wait: when it fires it looks how long this wait has lasted, and goes on for
    /// what is left.
    /// </summary>
    private void CheckIdle()
    {
        var left = _idle - _time.GetElapsedTime(Volatile.Read(ref _waitingSince));
        if (left > TimeSpan.Zero)
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
            return;
        }
        _timer.Change(_idle, Timeout.InfiniteTimeSpan);
        if (EndWait())
            _wait.SetResult(false);
    }

    private void Cancel()
    {
        if (EndWait())
            _wait.SetException(new OperationCanceledException(_cancellation));
    }

    /// <summary>Whoever gets true ends the wait; nobody else does.</summary>
    private bool EndWait() => Interlocked.CompareExchange(ref _state, Quiet, Waiting) == Waiting;

    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    /// <summary>
    /// The reader goes on off the stack of whoever ends its wait, and in turn. The usual asynchronous continuation goes to the front
    /// of its thread's own queue: where a stream has more readers than the server can serve, those rung last would always run first,
    /// and the others starve. A scheduling context is not kept: a server has none.
    /// </summary>
    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        (_reader, _readerState) = (continuation, state);
        _wait.OnCompleted(
            static self => ThreadPool.UnsafeQueueUserWorkItem((Subscription)self!, preferLocal: false), this, token, ValueTaskSourceOnCompletedFlags.None);
    }

    void IThreadPoolWorkItem.Execute() => _reader!(_readerState);
}
