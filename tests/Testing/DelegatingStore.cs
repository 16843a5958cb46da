using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Testing;

/// <summary>A store that passes all calls on. A test overrides those that it changes.</summary>
internal abstract class DelegatingStore(IEventStreamStore inner) : IEventStreamStore
{
    public virtual ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, byte[]? request, CancellationToken cancellationToken) =>
        inner.CreateAsync(head, started, request, cancellationToken);

    public virtual ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken) =>
        inner.AppendAsync(batch, checkpoint, cancellationToken);

    public virtual ValueTask<AppendResult> SaveCheckpointAsync(StreamId streamId, byte[] checkpoint, CancellationToken cancellationToken) =>
        inner.SaveCheckpointAsync(streamId, checkpoint, cancellationToken);

    public virtual ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) =>
        inner.ReadAsync(streamId, after, cancellationToken);

    public virtual ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) =>
        inner.FindAsync(streamId, cancellationToken);

    public ValueTask<StreamRecord?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        inner.FindByKeyAsync(idempotencyKey, cancellationToken);

    public ValueTask<StreamRecord?> FindLastAsync(string? owner, string thread, CancellationToken cancellationToken) =>
        inner.FindLastAsync(owner, thread, cancellationToken);

    public ValueTask<IReadOnlyList<StreamRecord>> ListAsync(
        string owner, StreamStatus? status, string? thread, StreamHead? after, int limit, CancellationToken cancellationToken) =>
        inner.ListAsync(owner, status, thread, after, limit, cancellationToken);

    public ValueTask ForgetAsync(StreamId streamId, CancellationToken cancellationToken) =>
        inner.ForgetAsync(streamId, cancellationToken);

    public ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken) =>
        inner.TrimAsync(streamId, before, cancellationToken);

    public ValueTask RenewAsync(StreamId streamId, DateTimeOffset expires, CancellationToken cancellationToken) =>
        inner.RenewAsync(streamId, expires, cancellationToken);

    public ValueTask<IReadOnlyList<StreamId>> FindExpiredAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        inner.FindExpiredAsync(until, cancellationToken);

    public ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken) =>
        inner.DropExpiredAsync(cancellationToken);
}
