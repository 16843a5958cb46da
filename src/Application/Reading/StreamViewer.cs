using System.Runtime.CompilerServices;
using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Application.Reading;

/// <summary>One open response: a position in a stream, never a queue. Until it is disposed, the generation of the stream has a viewer.</summary>
/// <param name="streamId">The viewed stream.</param>
/// <param name="after">Sequence of the last event that the viewer has; 0 for none.</param>
/// <param name="read">The read loop; see <see cref="ReadAsync"/> for its idle time and token.</param>
/// <param name="registration">Disposed with the viewer.</param>
/// <param name="evicted">See <see cref="Evicted"/>.</param>
public sealed class StreamViewer(
    StreamId streamId,
    long after,
    Func<StreamViewer, TimeSpan, CancellationToken, IAsyncEnumerable<EventBatch>> read,
    IDisposable? registration = null,
    CancellationToken evicted = default) : IDisposable
{
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

    /// <summary>The whole passage of a stream that has ended, read again. UTF-8, in pieces that may end inside a character.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadTextAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var whole = new StreamViewer(streamId, after: 0, read);
        await foreach (var batch in whole.ReadAsync(Timeout.InfiniteTimeSpan, cancellationToken))
            yield return batch.Segments.Data;
    }

    public void Dispose() => registration?.Dispose();

    /// <summary>Called by the read loop, so that no other iterator has to wake for each event.</summary>
    internal void MoveTo(long position) => Position = position;
}
