using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Testing;

/// <summary>Counts the subscriptions to a signal that have not been disposed.</summary>
internal sealed class SubscriptionCounter(IStreamSignal signal) : IStreamSignal
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Notify(StreamId streamId) => signal.Notify(streamId);

    public IStreamNotifier OpenNotifier(StreamId streamId) => signal.OpenNotifier(streamId);

    public IStreamSubscription Subscribe(StreamId streamId, TimeSpan idle, LiveReader? live, CancellationToken cancellationToken)
    {
        var subscription = signal.Subscribe(streamId, idle, live, cancellationToken);
        Interlocked.Increment(ref _count);
        return new CountedSubscription(this, subscription);
    }

    private sealed class CountedSubscription(SubscriptionCounter counter, IStreamSubscription subscription) : IStreamSubscription
    {
        private bool _isDisposed;

        public ValueTask<WaitOutcome> WaitAsync() => subscription.WaitAsync();

        public void Dispose()
        {
            subscription.Dispose();
            if (!Interlocked.Exchange(ref _isDisposed, true))
                Interlocked.Decrement(ref counter._count);
        }
    }
}
