using System.Diagnostics.CodeAnalysis;
using SseStreaming.Domain;

namespace SseStreaming.Application.Limits;

/// <summary>So many places in all, and so many for each client; zero: no bound. Of a client who holds none, nothing is kept.</summary>
internal sealed class Places(int inAll, int perClient)
{
    private readonly Dictionary<string, LinkedList<Place>> _clients = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private int _taken;

    public int Taken
    {
        get
        {
            lock (_gate)
                return _taken;
        }
    }

    /// <summary>Clients who hold a place.</summary>
    public int Clients
    {
        get
        {
            lock (_gate)
                return _clients.Count;
        }
    }

    /// <summary>Takes a place; or tells which bound is in the way.</summary>
    public bool TryTake(string client, [NotNullWhen(true)] out Place? place, out ReachedBound reached)
    {
        lock (_gate)
        {
            var own = _clients.GetValueOrDefault(client);
            place = null;
            // The client's own bound first: its remedy is in the client's hands.
            reached = perClient > 0 && own?.Count >= perClient ? ReachedBound.PerClient : inAll > 0 && _taken >= inAll ? ReachedBound.InAll : ReachedBound.None;
            if (reached is not ReachedBound.None)
                return false;
            _taken++;
            place = Add(client, own ?? (_clients[client] = new LinkedList<Place>()));
            return true;
        }
    }

    /// <summary>Takes the place of the client's oldest viewer of a stream; null if it has none.</summary>
    public Place? Replace(string client, StreamId stream)
    {
        Place place;
        Place? oldest;
        lock (_gate)
        {
            if (!_clients.TryGetValue(client, out var own) || (oldest = own.FirstOrDefault(held => held.Stream == stream)) is null)
                return null;
            own.Remove(oldest.Node);
            place = Add(client, own);
            place.Settle(stream);
        }
        oldest.Displace();
        return place;
    }

    /// <summary>The client's place for the generation that an idempotency key began.</summary>
    public Place? FindKey(string client, string key)
    {
        lock (_gate)
            return _clients.GetValueOrDefault(client)?.FirstOrDefault(held => held.Idempotency?.Key == key);
    }

    private Place Add(string client, LinkedList<Place> own)
    {
        var place = new Place(client, Leave);
        own.AddLast(place.Node);
        return place;
    }

    private void Leave(Place place)
    {
        lock (_gate)
        {
            // Not there if it was replaced meanwhile: then it is the other's to give back.
            if (place.Node.List is not { } own)
                return;
            own.Remove(place.Node);
            _taken--;
            if (own.Count == 0)
                _clients.Remove(place.Client);
        }
    }
}
