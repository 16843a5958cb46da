namespace SseStreaming.Infrastructure.Signals;

/// <summary>The subscriptions to one stream. A list that becomes empty is closed, and never used again.</summary>
internal sealed class SubscriberList
{
    private readonly Lock _gate = new();
    private readonly List<Subscription> _subscriptions = [];
    private bool _closed;

    public bool TryAdd(Subscription subscription)
    {
        lock (_gate)
        {
            if (_closed)
                return false;
            subscription.Index = _subscriptions.Count;
            _subscriptions.Add(subscription);
            return true;
        }
    }

    /// <summary>Removes a subscription; true if that closed the list.</summary>
    public bool Remove(Subscription subscription)
    {
        lock (_gate)
        {
            // The last subscription moves to the free index, so that the cost does not depend on the length of the list.
            var last = _subscriptions[^1];
            _subscriptions[subscription.Index] = last;
            last.Index = subscription.Index;
            _subscriptions.RemoveAt(_subscriptions.Count - 1);
            _closed = _subscriptions.Count == 0;
            return _closed;
        }
    }

    public void Notify()
    {
        lock (_gate)
        {
            foreach (var subscription in _subscriptions)
                subscription.Notify();
        }
    }
}
