using System.Collections.Concurrent;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Signals;

/// <summary>Wakes the readers in this process.</summary>
internal sealed class InProcessSignal(TimeProvider time) : IStreamSignal
{
    private readonly ConcurrentDictionary<StreamId, SubscriberList> _lists = new();

    public void Notify(StreamId streamId)
    {
        if (_lists.TryGetValue(streamId, out var list))
            list.Notify();
    }

    /// <summary>Wakes the readers of all streams.</summary>
    public void NotifyAll()
    {
        foreach (var list in _lists.Values)
            list.Notify();
    }

    public IStreamSubscription Subscribe(StreamId streamId, TimeSpan idle, CancellationToken cancellationToken)
    {
        while (true)
        {
            var list = _lists.GetOrAdd(streamId, static _ => new SubscriberList());
            var subscription = new Subscription(this, streamId, list, idle, time);
            if (list.TryAdd(subscription))
            {
                subscription.Start(cancellationToken);
                return subscription;
            }
        }
    }

    public void Unsubscribe(Subscription subscription)
    {
        if (subscription.List.Remove(subscription))
            _lists.TryRemove(new KeyValuePair<StreamId, SubscriberList>(subscription.StreamId, subscription.List));
    }
}
