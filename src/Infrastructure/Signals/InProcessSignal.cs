using System.Collections.Concurrent;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Signals;

/// <summary>Wakes readers in this process.</summary>
internal sealed class InProcessSignal(TimeProvider time) : IStreamSignal
{
    private readonly ConcurrentDictionary<StreamId, SubscriberList> _lists = new();

    /// <summary>Streams that somebody listens to.</summary>
    public int StreamCount => _lists.Count;

    public void Ring(StreamId stream)
    {
        if (_lists.TryGetValue(stream, out var list))
            list.Ring();
    }

    /// <summary>Wakes everyone.</summary>
    public void RingAll()
    {
        foreach (var list in _lists.Values)
            list.Ring();
    }

    public IStreamSubscription Subscribe(StreamId stream, TimeSpan idle, CancellationToken cancellationToken)
    {
        while (true)
        {
            var list = _lists.GetOrAdd(stream, static _ => new SubscriberList());
            var subscription = new Subscription(this, stream, list, idle, time);
            if (list.TryAdd(subscription))
            {
                subscription.Begin(cancellationToken);
                return subscription;
            }
        }
    }

    public void Unsubscribe(Subscription subscription)
    {
        if (subscription.List.Remove(subscription))
            _lists.TryRemove(new KeyValuePair<StreamId, SubscriberList>(subscription.Stream, subscription.List));
    }
}
