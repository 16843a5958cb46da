using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Application.Storage;

/// <summary>
/// Keeps event streams. Events of a stream are contiguous from 1 and never change; a terminal event closes it for good.
/// All members are safe to call at the same time, but a stream has only one writer: the node that created it or took it over.
/// </summary>
/// <remarks>Members throw <see cref="StoreUnavailableException"/> when the store can't do it at the moment.</remarks>
public interface IEventStreamStore
{
    /// <summary>
    /// Opens a stream with its first event, unless another one has the same idempotency key or there is no room. To create the same
    /// stream again, after a failure whose outcome is not known, changes nothing and is <see cref="CreateOutcome.Created"/>.
    /// </summary>
    ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, CancellationToken cancellationToken);

    /// <summary>
    /// Appends events right after the last one. When the task completes they are kept, and may be shown. The batch is only
    /// read until then. To append the same batch again, after a failure whose outcome is not known, changes nothing and is
    /// <see cref="AppendResult.Appended"/>.
    /// </summary>
    ValueTask<AppendResult> AppendAsync(EventBatch batch, CancellationToken cancellationToken);

    /// <summary>
    /// The events after a sequence, as many as are at hand in one piece: empty if there are none yet, <see langword="null"/> if
    /// what comes next is not kept (any more).
    /// </summary>
    ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken);

    /// <summary>What is known of a stream; <see langword="null"/> if it is not kept (any more).</summary>
    ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken);

    /// <summary>
    /// Drops the oldest events of an open stream, before a sequence; the last event always stays. It may keep some more, where
    /// that is cheaper. Positions before what is kept are expired from then on.
    /// </summary>
    ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken);

    /// <summary>Drops the closed streams whose retention has run out; returns how many.</summary>
    ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken);
}
