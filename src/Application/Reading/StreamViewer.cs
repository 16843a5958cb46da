using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Application.Reading;

/// <summary>
/// One open response: a position in a stream, never a queue. While it is not disposed, its generation has somebody to run for.
/// </summary>
/// <param name="streamId">The stream that is viewed.</param>
/// <param name="after">Sequence of the last event that the viewer has already seen; 0 for none.</param>
/// <param name="read">Reads on after a position; see <see cref="ReadAsync"/> for idle time and token.</param>
/// <param name="registration">Disposed when the viewer leaves.</param>
/// <param name="evicted">See <see cref="Evicted"/>.</param>
public sealed class StreamViewer(
    StreamId streamId,
    long after,
    Func<long, TimeSpan, CancellationToken, IAsyncEnumerable<EventBatch>> read,
    IDisposable? registration = null,
    CancellationToken evicted = default) : IDisposable
{
    private long _position = after;
    private IAsyncEnumerator<EventBatch>? _reading;

    public StreamId StreamId => streamId;

    /// <summary>Cancelled when the same client came again, and this viewer has to make room.</summary>
    public CancellationToken Evicted => evicted;

    /// <summary>Sequence of the last event that was handed out, or that the viewer came with.</summary>
    public long Position => _reading?.Current is { IsEmpty: false } batch ? batch.Last : _position;

    /// <summary>
    /// The events after <see cref="Position"/>, in batches, up to the terminal event; an empty batch says that nothing came for
    /// the idle time. Ends without a terminal event only when what comes next is no longer kept.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<EventBatch> ReadAsync(TimeSpan idle, CancellationToken cancellationToken) =>
        new Reading(this, read(Position, idle, cancellationToken));

    public void Dispose() => registration?.Dispose();

    /// <summary>Reads on, and keeps the position. No async iterator: one more would be woken for each event of each viewer.</summary>
    private sealed class Reading(StreamViewer viewer, IAsyncEnumerable<EventBatch> batches)
        : IAsyncEnumerable<EventBatch>, IAsyncEnumerator<EventBatch>
    {
        public EventBatch Current => viewer._reading!.Current;

        public IAsyncEnumerator<EventBatch> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            viewer._position = viewer.Position;
            viewer._reading = batches.GetAsyncEnumerator(cancellationToken);
            return this;
        }

        public ValueTask<bool> MoveNextAsync()
        {
            viewer._position = viewer.Position;
            return viewer._reading!.MoveNextAsync();
        }

        public ValueTask DisposeAsync() => viewer._reading!.DisposeAsync();
    }
}
