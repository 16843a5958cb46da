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
    ValueTask<EventBatch?> ReadAsync(StreamId stream, long after, CancellationToken cancellationToken);

    /// <summary>What is known of a stream; <see langword="null"/> if it is not kept (any more).</summary>
    ValueTask<StreamRecord?> FindAsync(StreamId stream, CancellationToken cancellationToken);

    /// <summary>
    /// Drops the oldest events of an open stream, before a sequence; the last event always stays. It may keep some more, where
    /// that is cheaper. Positions before what is kept are expired from then on.
    /// </summary>
    ValueTask TrimAsync(StreamId stream, long before, CancellationToken cancellationToken);

    /// <summary>Drops the closed streams whose retention has run out; returns how many.</summary>
    ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken);
}

/// <summary>What is known of a stream when it is created, and does not change.</summary>
public sealed record StreamHead(StreamId Id, string Source, DateTimeOffset Created)
{
    /// <summary>The subject whose stream it is; null if it is nobody's, as nobody had to say who they are, or as it is shared.</summary>
    public string? Owner { get; init; }

    /// <summary>True if one generation serves everyone who asks for the same: all of them may read it.</summary>
    public bool IsShared { get; init; }

    /// <summary>What makes a retried start join this stream.</summary>
    public Idempotency? Idempotency { get; init; }
}

/// <summary>A client's <c>Idempotency-Key</c>, and a digest of the request that it came with first.</summary>
/// <param name="Key">Unique in the store: with the subject that sent it, so that no two subjects meet at one key.</param>
public sealed record Idempotency(string Key, string RequestDigest);

/// <summary>A stream as it stands.</summary>
/// <param name="Ending">The kind of the terminal event; <see langword="null"/> while the stream is open.</param>
/// <param name="Segments">Segments appended so far.</param>
/// <param name="Characters">Their length in UTF-16 code units.</param>
public sealed record StreamRecord(StreamHead Head, StreamExtent Extent, EventKind? Ending, long Segments, long Characters);

/// <param name="Existing">The stream that has the same idempotency key, if that was the outcome.</param>
public readonly record struct CreateResult(CreateOutcome Outcome, StreamHead? Existing = null);

public enum CreateOutcome
{
    Created,

    /// <summary>Nothing was created: a stream with the same idempotency key exists.</summary>
    Exists,

    /// <summary>Nothing was created: the store has no room, and nothing that it could drop to make some.</summary>
    Full,
}

public enum AppendResult
{
    Appended,

    /// <summary>Nothing was appended: the stream is closed, gone, or has another writer.</summary>
    Refused,

    /// <summary>Nothing was appended: the store has no room. A terminal event always has.</summary>
    Full,
}
