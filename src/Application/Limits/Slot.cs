using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Limits;

/// <summary>One client's share of a limit: a running generation or an open response. Disposing it releases the slot.</summary>
internal sealed class Slot : IDisposable
{
    private readonly ConcurrencyLimiter _limiter;

    [SuppressMessage("Usage", "CA2213", Justification = "A token source without a timer needs no disposal, and its token may be read later.")]
    private readonly CancellationTokenSource _evicted = new();
    private bool _isReleased;

    public Slot(string client, ConcurrencyLimiter limiter)
    {
        _limiter = limiter;
        Client = client;
        Node = new LinkedListNode<Slot>(this);
    }

    public string Client { get; }

    /// <summary>The node in the list of the client's slots, so that a release needs no search.</summary>
    public LinkedListNode<Slot> Node { get; }

    /// <summary>The stream that the slot is used for; default until it is assigned.</summary>
    public StreamId StreamId { get; private set; }

    /// <summary>The idempotency key of the request that started the generation, if it has one.</summary>
    public Idempotency? Idempotency { get; private set; }

    /// <summary>Cancelled when a newer viewer has replaced this one.</summary>
    public CancellationToken Evicted => _evicted.Token;

    public void AssignTo(StreamId streamId, Idempotency? idempotency = null) => (StreamId, Idempotency) = (streamId, idempotency);

    /// <summary>Gives the slot to a newer viewer, which releases it. The token is cancelled on another thread.</summary>
    public void Evict()
    {
        if (!Interlocked.Exchange(ref _isReleased, true))
            _ = _evicted.CancelAsync();
    }

    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isReleased, true))
            _limiter.Release(this);
    }
}
