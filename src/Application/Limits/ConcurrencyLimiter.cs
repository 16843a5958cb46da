using System.Diagnostics.CodeAnalysis;
using SseStreaming.Domain;

namespace SseStreaming.Application.Limits;

/// <summary>Limits the slots of all clients and of each client; zero: no limit. A client without a slot takes no memory.</summary>
internal sealed class ConcurrencyLimiter(int total, int perClient)
{
    private readonly Dictionary<string, LinkedList<Slot>> _clients = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private int _inUse;

    public int InUse
    {
        get
        {
            lock (_gate)
                return _inUse;
        }
    }

    /// <summary>Acquires a slot; if it fails, <paramref name="scope"/> is the limit that was reached.</summary>
    public bool TryAcquire(string client, [NotNullWhen(true)] out Slot? slot, out LimitScope scope)
    {
        lock (_gate)
        {
            var own = _clients.GetValueOrDefault(client);
            slot = null;
            // The client's own limit first, because the client can do something about it.
            scope = perClient > 0 && own?.Count >= perClient ? LimitScope.Client : total > 0 && _inUse >= total ? LimitScope.Server : LimitScope.None;
            if (scope is not LimitScope.None)
                return false;
            _inUse++;
            slot = Add(client, own ?? (_clients[client] = new LinkedList<Slot>()));
            return true;
        }
    }

    /// <summary>Acquires a slot even above the limits, for what another node has accepted.</summary>
    public Slot Acquire(string client)
    {
        lock (_gate)
        {
            _inUse++;
            return Add(client, _clients.GetValueOrDefault(client) ?? (_clients[client] = new LinkedList<Slot>()));
        }
    }

    /// <summary>Takes over the slot of the client's oldest viewer of a stream; null if it has none.</summary>
    public Slot? ReplaceOldest(string client, StreamId streamId)
    {
        Slot slot;
        Slot? oldest;
        lock (_gate)
        {
            if (!_clients.TryGetValue(client, out var own) || (oldest = own.FirstOrDefault(held => held.StreamId == streamId)) is null)
                return null;
            own.Remove(oldest.Node);
            slot = Add(client, own);
            slot.AssignTo(streamId);
        }
        oldest.Evict();
        return slot;
    }

    /// <summary>The client's slot of the generation that was started with an idempotency key.</summary>
    public Slot? FindByKey(string client, string key)
    {
        lock (_gate)
            return _clients.GetValueOrDefault(client)?.FirstOrDefault(held => held.Idempotency?.Key == key);
    }

    private Slot Add(string client, LinkedList<Slot> own)
    {
        var slot = new Slot(client, this);
        own.AddLast(slot.Node);
        return slot;
    }

    /// <summary>Called by a slot that is released.</summary>
    internal void Release(Slot slot)
    {
        lock (_gate)
        {
            // The slot was replaced meanwhile, and the newer one releases it.
            if (slot.Node.List is not { } own)
                return;
            own.Remove(slot.Node);
            _inUse--;
            if (own.Count == 0)
                _clients.Remove(slot.Client);
        }
    }
}
