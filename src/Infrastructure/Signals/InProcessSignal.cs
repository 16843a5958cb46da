using System.Collections.Concurrent;
using SseStreaming.Application.Common;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Signals;

/// <summary>Wakes the readers in this process, or delivers to those that have caught up.</summary>
internal sealed class InProcessSignal(TimeProvider time) : IStreamSignal
{
    private readonly ConcurrentDictionary<StreamId, SubscriberList> _lists = new();

    public DeadlineQueue Deadlines { get; } = new(time);

    public void Notify(StreamId streamId)
    {
        if (_lists.TryGetValue(streamId, out var list))
            list.Appended(SubscriberList.Unknown);
    }

    /// <summary>Wakes the readers of all streams.</summary>
    public void NotifyAll()
    {
        foreach (var list in _lists.Values)
            list.Appended(SubscriberList.Unknown);
    }

    public IStreamNotifier OpenNotifier(StreamId streamId)
    {
        while (true)
        {
            var list = GetOrAddList(streamId);
            if (list.TryOpen())
                return list;
        }
    }

    public IStreamSubscription Subscribe(StreamId streamId, TimeSpan idle, LiveReader? live, CancellationToken cancellationToken)
    {
        while (true)
        {
            var subscription = new Subscription(GetOrAddList(streamId), idle, live, time);
            if (subscription.TryStart(cancellationToken))
                return subscription;
        }
    }

    public void Remove(SubscriberList list) => _lists.TryRemove(new KeyValuePair<StreamId, SubscriberList>(list.StreamId, list));

    private SubscriberList GetOrAddList(StreamId streamId) =>
        _lists.GetOrAdd(streamId, static (id, signal) => new SubscriberList(signal, id), this);
}
