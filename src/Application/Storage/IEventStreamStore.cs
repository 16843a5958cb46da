using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Application.Storage;

/// <summary>
/// Keeps event streams. The events of a stream are contiguous from 1 and never change; a terminal event closes the stream for good.
/// All members are thread-safe, but a stream has only one writer: the node that created it or took it over.
/// </summary>
/// <remarks>Members throw <see cref="StoreUnavailableException"/> if the store is unavailable. The store logs that, so its callers do not.</remarks>
internal interface IEventStreamStore
{
    /// <summary>
    /// Creates a stream with its first event, unless another stream has the same idempotency key or the store is full. A repeated call
    /// for the same stream, after a failure whose outcome is unknown, changes nothing and returns <see cref="CreateOutcome.Created"/>.
    /// </summary>
    /// <param name="head">The facts about the stream.</param>
    /// <param name="started">The first event, and any that follow it.</param>
    /// <param name="request">The request for the generation, which the store keeps until the terminal event; null to keep none.</param>
    /// <param name="cancellationToken">Cancels the wait; the outcome is unknown then.</param>
    ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, byte[]? request, CancellationToken cancellationToken);

    /// <summary>
    /// Appends events right after the last one. When the task completes they are stored, and may be shown; until then the batch must not
    /// change. A repeated call with the same batch, after a failure whose outcome is unknown, changes nothing and returns
    /// <see cref="AppendResult.Appended"/>.
    /// </summary>
    /// <param name="batch">The events.</param>
    /// <param name="checkpoint">
    /// Where the writer is after these events; stored with them, in place of the last one. Null keeps the last one. A terminal event
    /// removes the request, and without a checkpoint of its own also the checkpoint.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait; the outcome is unknown then.</param>
    ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken);

    /// <summary>Replaces the checkpoint of an open stream without an event. <see cref="AppendResult.Refused"/> as for an append.</summary>
    ValueTask<AppendResult> SaveCheckpointAsync(StreamId streamId, byte[] checkpoint, CancellationToken cancellationToken);

    /// <summary>
    /// The events after a sequence, as many as are available in one piece: empty if there are none yet, <see langword="null"/> if the
    /// next event is not kept, or no longer.
    /// </summary>
    ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken);

    /// <summary>The record of a stream; <see langword="null"/> if the stream is not kept, or no longer.</summary>
    ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken);

    /// <summary>The record of the stream with an idempotency key; <see langword="null"/> if there is none.</summary>
    ValueTask<StreamRecord?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>
    /// The newest stream of an owner and a thread, in the order of <see cref="ListAsync"/>; <see langword="null"/> if there is none.
    /// Without an owner, the newest of the streams that have none.
    /// </summary>
    ValueTask<StreamRecord?> FindLastAsync(string? owner, string thread, CancellationToken cancellationToken);

    /// <summary>The streams of an owner, newest first, in a fixed order where the times are equal. The heads have no properties.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="status">Only streams with this status; all if null.</param>
    /// <param name="thread">Only streams of this thread; all if null.</param>
    /// <param name="after">Only streams after this one, which the store need not keep any more; from the newest if null.</param>
    /// <param name="limit">Maximum number of streams.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    ValueTask<IReadOnlyList<StreamRecord>> ListAsync(
        string owner, StreamStatus? status, string? thread, StreamHead? after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Drops a stream, open or closed, with its events, and frees its idempotency key. An append that follows is refused. An unknown
    /// stream changes nothing.
    /// </summary>
    ValueTask ForgetAsync(StreamId streamId, CancellationToken cancellationToken);

    /// <summary>
    /// Drops the events of an open stream that are before a sequence, except the last event. The store may keep some of them if that is
    /// cheaper. Positions before the first kept event are expired from then on.
    /// </summary>
    ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken);

    /// <summary>Moves the time at which a stream expires, open or closed. A stream without such a time does not change.</summary>
    ValueTask RenewAsync(StreamId streamId, DateTimeOffset expires, CancellationToken cancellationToken);

    /// <summary>Some of the streams, open or closed, whose own time to expire is at or before a time.</summary>
    ValueTask<IReadOnlyList<StreamId>> FindExpiredAsync(DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>Drops the closed streams without a time of their own whose retention has elapsed, and returns their number.</summary>
    ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken);
}
