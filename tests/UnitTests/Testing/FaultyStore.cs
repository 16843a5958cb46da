using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A store whose appends a test can delay, fail or answer otherwise.</summary>
internal sealed class FaultyStore(IEventStreamStore inner) : IEventStreamStore
{
    /// <summary>Called in place of an append; calls the append itself or not.</summary>
    public Func<Func<ValueTask<AppendResult>>, ValueTask<AppendResult>> OnAppend { get; set; } = append => append();

    /// <summary>Number of calls to append.</summary>
    public int Appends { get; private set; }

    public ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken)
    {
        Appends++;
        return OnAppend(() => inner.AppendAsync(batch, checkpoint, cancellationToken));
    }

    public ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, byte[]? request, CancellationToken cancellationToken) =>
        inner.CreateAsync(head, started, request, cancellationToken);

    public ValueTask<AppendResult> SaveCheckpointAsync(StreamId streamId, byte[] checkpoint, CancellationToken cancellationToken) =>
        inner.SaveCheckpointAsync(streamId, checkpoint, cancellationToken);

    public ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) =>
        inner.ReadAsync(streamId, after, cancellationToken);

    public ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) => inner.FindAsync(streamId, cancellationToken);

    public ValueTask<StreamRecord?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        inner.FindByKeyAsync(idempotencyKey, cancellationToken);

    public ValueTask<StreamRecord?> FindLastAsync(string? owner, string thread, CancellationToken cancellationToken) =>
        inner.FindLastAsync(owner, thread, cancellationToken);

    public ValueTask<IReadOnlyList<StreamRecord>> ListAsync(
        string owner, StreamStatus? status, string? thread, StreamHead? after, int limit, CancellationToken cancellationToken) =>
        inner.ListAsync(owner, status, thread, after, limit, cancellationToken);

    public ValueTask ForgetAsync(StreamId streamId, CancellationToken cancellationToken) => inner.ForgetAsync(streamId, cancellationToken);

    public ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken) => inner.TrimAsync(streamId, before, cancellationToken);

    public ValueTask RenewAsync(StreamId streamId, DateTimeOffset expires, CancellationToken cancellationToken) =>
        inner.RenewAsync(streamId, expires, cancellationToken);

    public ValueTask<IReadOnlyList<StreamId>> FindExpiredAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        inner.FindExpiredAsync(until, cancellationToken);

    public ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken) => inner.DropExpiredAsync(cancellationToken);
}
