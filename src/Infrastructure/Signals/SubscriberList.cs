namespace SseStreaming.Infrastructure.Signals;

/// <summary>The subscribers of one stream. A list that became empty is closed, and never used again.</summary>
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

    /// <summary>Returns true if that closed the list.</summary>
    public bool Remove(Subscription subscription)
    {
        lock (_gate)
        {
            // The last one takes the place that becomes free, so leaving costs the same with many as with few.
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
