using System.Runtime.CompilerServices;
using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Application.Reading;

/// <summary>One open response: a position in a stream, never a queue. Until it is disposed, the generation of the stream has a viewer.</summary>
/// <param name="streamId">The viewed stream.</param>
/// <param name="after">Sequence of the last event that the viewer has; 0 for none.</param>
/// <param name="read">The read loop; see <see cref="ReadAsync(TimeSpan, CancellationToken)"/> for its idle time and token.</param>
/// <param name="registration">Disposed with the viewer.</param>
/// <param name="evicted">See <see cref="Evicted"/>.</param>
public sealed class StreamViewer(
    StreamId streamId,
    long after,
    Func<StreamViewer, TimeSpan, CancellationToken, IAsyncEnumerable<EventBatch>> read,
    IDisposable? registration = null,
    CancellationToken evicted = default) : IDisposable
{
    /// <summary>The stream that it views.</summary>
    public StreamId StreamId => streamId;

    /// <summary>Cancelled when a newer viewer of the same client takes over the slot of this one.</summary>
    public CancellationToken Evicted => evicted;

    /// <summary>Sequence of the last event that was read, or that the viewer had before.</summary>
    public long Position { get; private set; } = after;

    /// <summary>
    /// The events after <see cref="Position"/>, in batches, up to the terminal event; an empty batch after each idle time without an
    /// event. Ends without a terminal event only if the token was cancelled, or if the next event is no longer kept.
    /// </summary>
    public IAsyncEnumerable<EventBatch> ReadAsync(TimeSpan idle, CancellationToken cancellationToken) => read(this, idle, cancellationToken);

    /// <summary>The same for a response: the events that come while the read loop waits are delivered to it directly.</summary>
    public IAsyncEnumerable<EventBatch> ReadAsync(TimeSpan idle, ILiveViewer live, CancellationToken cancellationToken)
    {
        Live = live;
        return read(this, idle, cancellationToken);
    }

    /// <summary>All events that are kept, from the first one; otherwise the same.</summary>
    public IAsyncEnumerable<EventBatch> ReadAgainAsync(CancellationToken cancellationToken) =>
        new StreamViewer(streamId, after: 0, read).ReadAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>The passage of a stream that has ended. UTF-8, in pieces that may end inside a character.</summary>
    /// <exception cref="EndOfStreamException">The stream is no longer kept.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadTextAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in ReadAgainAsync(cancellationToken))
        {
            yield return batch.Segments.Data;
            if (batch.EndsStream)
                yield break;
        }
        cancellationToken.ThrowIfCancellationRequested();
        throw new EndOfStreamException("The stream is no longer kept.");
    }

    /// <summary>The viewer has left.</summary>
    public void Dispose() => registration?.Dispose();

    /// <summary>The response that the read loop writes; null if it only returns the events.</summary>
    internal ILiveViewer? Live { get; private set; }

    /// <summary>Called by the read loop, so that no other iterator has to wake for each event.</summary>
    internal void MoveTo(long position) => Position = position;
}
