using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Limits;

/// <summary>What one client holds until it is disposed: a running generation, or an open viewer.</summary>
internal sealed class Slot : IDisposable
{
    private readonly Action<Slot> _release;

    [SuppressMessage("Usage", "CA2213", Justification = "Without a timer it holds nothing, and others may look at its token later.")]
    private readonly CancellationTokenSource _evicted = new();
    private bool _isReleased;

    public Slot(string client, Action<Slot> release)
    {
        _release = release;
        Client = client;
        Node = new LinkedListNode<Slot>(this);
    }

    public string Client { get; }

    /// <summary>Where the place is among those of its client: one who holds thousands gives each back without a search.</summary>
    public LinkedListNode<Slot> Node { get; }

    /// <summary>What the place is held for; default while that is not known.</summary>
    public StreamId StreamId { get; private set; }

    /// <summary>The request that the generation of this place was started by, if it can be repeated.</summary>
    public Idempotency? Idempotency { get; private set; }

    /// <summary>Cancelled when another one got this place.</summary>
    public CancellationToken Evicted => _evicted.Token;

    public void AssignTo(StreamId streamId, Idempotency? idempotency = null) => (StreamId, Idempotency) = (streamId, idempotency);

    /// <summary>From here on the place is another's, who gives it back. Whoever watches is told on another stack.</summary>
    public void Evict()
    {
        if (!Interlocked.Exchange(ref _isReleased, true))
            _ = _evicted.CancelAsync();
    }

    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isReleased, true))
            _release(this);
    }
}
