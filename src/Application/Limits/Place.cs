using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Limits;

/// <summary>What one client holds until it is disposed: a running generation, or an open viewer.</summary>
internal sealed class Place : IDisposable
{
    private readonly Action<Place> _leave;

    [SuppressMessage("Usage", "CA2213", Justification = "Without a timer it holds nothing, and others may look at its token later.")]
    private readonly CancellationTokenSource _displaced = new();
    private bool _left;

    public Place(string client, Action<Place> leave)
    {
        _leave = leave;
        Client = client;
        Node = new LinkedListNode<Place>(this);
    }

    public string Client { get; }

    /// <summary>Where the place is among those of its client: one who holds thousands gives each back without a search.</summary>
    public LinkedListNode<Place> Node { get; }

    /// <summary>What the place is held for; default while that is not known.</summary>
    public StreamId Stream { get; private set; }

    /// <summary>The request that the generation of this place was started by, if it can be repeated.</summary>
    public Idempotency? Idempotency { get; private set; }

    /// <summary>Cancelled when another one got this place.</summary>
    public CancellationToken Displaced => _displaced.Token;

    public void Settle(StreamId stream, Idempotency? idempotency = null) => (Stream, Idempotency) = (stream, idempotency);

    /// <summary>From here on the place is another's, who gives it back. Whoever watches is told on another stack.</summary>
    public void Displace()
    {
        if (!Interlocked.Exchange(ref _left, true))
            _ = _displaced.CancelAsync();
    }

    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _left, true))
            _leave(this);
    }
}
