using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Infrastructure.Stores.PostgreSql.Reading;
using SseStreaming.Infrastructure.Stores.PostgreSql.Retention;
using SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>Keeps event streams in PostgreSQL, which several nodes may share. The lease of this node owns the streams that it writes.</summary>
internal sealed class PostgreSqlEventStreamStore(
    PostgreSqlDatabase database,
    NodeLease lease,
    PostgreSqlGroupWriter writer,
    PostgreSqlCapacity capacity,
    UnconfirmedCreates unconfirmed,
    IOptions<StreamsOptions> options) : IEventStreamStore
{
    public async ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, byte[]? request, CancellationToken cancellationToken)
    {
        var create = new PendingCreate(head, BatchRow.From(started, checkpoint: null), request);
        var hasCapacity = await capacity.HasCapacityAsync(forStream: true, cancellationToken);
        try
        {
            var result = hasCapacity
                ? await writer.WriteAsync(create, cancellationToken)
                : await FindCreatedAsync(create, cancellationToken) ?? new CreateResult(CreateOutcome.Full);
            unconfirmed.Remove(create.StreamKey);
            return result;
        }
        // A stream that clients write needs no generation: whichever request finds it by its name can go on with it.
        catch (StoreUnavailableException) when (head.Source != ExternalSource.Name)
        {
            unconfirmed.Add(create.StreamKey);
            throw;
        }
    }

    public async ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken)
    {
        var append = new PendingAppend(BatchRow.From(batch, checkpoint));
        if (append.Row.Ending is not null || await capacity.HasCapacityAsync(forStream: false, cancellationToken))
            return await writer.WriteAsync(append, cancellationToken);

        // An earlier attempt may have been committed without an answer, before the store became full.
        var ownerId = lease.OwnerId ?? Guid.Empty;
        return await database.RunAsync((connection, token) => PostgreSqlWriteStatements.IsAppendedAsync(connection, append, ownerId, token), cancellationToken)
            ? AppendResult.Appended
            : AppendResult.Full;
    }

    public async ValueTask<AppendResult> SaveCheckpointAsync(StreamId streamId, byte[] checkpoint, CancellationToken cancellationToken)
    {
        var ownerId = lease.OwnerId ?? Guid.Empty;
        return await database.RunAsync(
            (connection, token) => PostgreSqlWriteStatements.SaveCheckpointAsync(connection, streamId.ToUuid(), checkpoint, ownerId, token),
            cancellationToken)
            ? AppendResult.Appended
            : AppendResult.Refused;
    }

    public ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => PostgreSqlReadStatements.ReadAsync(connection, streamId, after, token), cancellationToken);

    public ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => PostgreSqlReadStatements.FindAsync(connection, streamId, token), cancellationToken);

    public ValueTask<StreamRecord?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => PostgreSqlReadStatements.FindByKeyAsync(connection, idempotencyKey, token), cancellationToken);

    public ValueTask<StreamRecord?> FindLastAsync(string? owner, string thread, CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => PostgreSqlReadStatements.FindLastAsync(connection, owner, thread, token), cancellationToken);

    public ValueTask<IReadOnlyList<StreamRecord>> ListAsync(
        string owner, StreamStatus? status, string? thread, StreamHead? after, int limit, CancellationToken cancellationToken) =>
        database.RunAsync(
            (connection, token) => PostgreSqlReadStatements.ListAsync(connection, owner, status, thread, after, limit, token), cancellationToken);

    public async ValueTask ForgetAsync(StreamId streamId, CancellationToken cancellationToken)
    {
        var freed = await database.RunAsync(
            (connection, token) => PostgreSqlRetentionStatements.ForgetAsync(connection, streamId, lease.NodeTag, token), cancellationToken);
        if (freed is { } bytes)
            capacity.Add(streams: -1, -bytes);
    }

    public async ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken)
    {
        if (lease.OwnerId is not { } ownerId)
            return;
        var freed = await database.RunAsync(
            (connection, token) => PostgreSqlRetentionStatements.TrimAsync(connection, streamId.ToUuid(), ownerId, before, token), cancellationToken);
        capacity.Add(streams: 0, -freed);
    }

    public async ValueTask RenewAsync(StreamId streamId, DateTimeOffset expires, CancellationToken cancellationToken) =>
        await database.RunAsync((connection, token) => PostgreSqlRetentionStatements.RenewAsync(connection, streamId, expires, token), cancellationToken);

    public ValueTask<IReadOnlyList<StreamId>> FindExpiredAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => PostgreSqlRetentionStatements.FindExpiredAsync(connection, until, token), cancellationToken);

    public async ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken)
    {
        await DropAbandonedAsync(cancellationToken);
        var dropped = 0L;
        while (true)
        {
            var (streams, _) = await database.RunAsync(
                (connection, token) => PostgreSqlRetentionStatements.DropClosedAsync(
                    connection, options.Value.Retention, PostgreSqlRetentionStatements.MaxStreams, minBytes: 0, isRetention: true, token),
                cancellationToken);
            if (streams == 0)
                break;
            dropped += streams;
        }
        await database.RunAsync(PostgreSqlRetentionStatements.DropUnusedRequestsAsync, cancellationToken);
        return (int)dropped + await capacity.ShrinkAsync(cancellationToken);
    }

    /// <summary>The outcome of a create in a full store, if the stream exists already or another one has its key; otherwise null.</summary>
    private async ValueTask<CreateResult?> FindCreatedAsync(PendingCreate create, CancellationToken cancellationToken)
    {
        var ownerId = lease.OwnerId ?? Guid.Empty;
        var found = await database.RunAsync(
            (connection, token) => PostgreSqlWriteStatements.FindCreatedAsync(connection, [create], ownerId, token), cancellationToken);
        return found.GetCreateResult(create);
    }

    private async ValueTask DropAbandonedAsync(CancellationToken cancellationToken)
    {
        var streams = unconfirmed.GetAbandoned();
        if (streams.Length == 0)
            return;
        // Without a lease there is nothing to drop: another node has taken over the streams of a lost one.
        if (lease.OwnerId is { } ownerId)
        {
            await database.RunAsync(
                (connection, token) => PostgreSqlRetentionStatements.DropUnusedAsync(connection, streams, ownerId, token), cancellationToken);
        }
        foreach (var streamKey in streams)
            unconfirmed.Remove(streamKey);
    }
}
