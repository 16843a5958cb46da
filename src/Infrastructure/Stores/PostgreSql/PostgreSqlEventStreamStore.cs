using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Infrastructure.Stores.PostgreSql.Reading;
using SseStreaming.Infrastructure.Stores.PostgreSql.Retention;
using SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>Keeps event streams in PostgreSQL, which several nodes may share. What this node writes belongs to its lease.</summary>
internal sealed class PostgreSqlEventStreamStore(
    PostgreSqlDatabase database,
    NodeLease lease,
    PostgreSqlGroupWriter writer,
    PostgreSqlCapacity capacity,
    PostgreSqlRetentionStatements retention,
    UnconfirmedCreates unconfirmed,
    IOptions<StreamsOptions> options) : IEventStreamStore
{
    public async ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, CancellationToken cancellationToken)
    {
        if (!await capacity.HasCapacityAsync(forStream: true, cancellationToken))
            return head.Idempotency is { } idempotency && await FindByKeyAsync(idempotency.Key, cancellationToken) is { } existing
                ? new CreateResult(CreateOutcome.Exists, existing)
                : new CreateResult(CreateOutcome.Full);

        var create = new PendingCreate(head, started);
        try
        {
            var result = await writer.WriteAsync(create, cancellationToken);
            unconfirmed.Remove(create.Key);
            return result;
        }
        catch (StoreUnavailableException)
        {
            unconfirmed.Add(create.Key);
            throw;
        }
    }

    public async ValueTask<AppendResult> AppendAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        var append = new PendingAppend(batch);
        if (append.Ending != 0 || await capacity.HasCapacityAsync(forStream: false, cancellationToken))
            return await writer.WriteAsync(append, cancellationToken);

        // The answer to an earlier try may have been lost, and the room have run out since.
        var owner = lease.Current ?? Guid.Empty;
        return await database.RunAsync((connection, token) => PostgreSqlWriteStatements.IsAppendedAsync(connection, append, owner, token), cancellationToken)
            ? AppendResult.Appended
            : AppendResult.Full;
    }

    public ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => PostgreSqlReadStatements.ReadAsync(connection, streamId, after, token), cancellationToken);

    public ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => PostgreSqlReadStatements.FindAsync(connection, streamId, token), cancellationToken);

    /// <summary>
    /// Drops the oldest events of an open stream, before a sequence; the last event always stays. Whole blocks go, so some more may
    /// be kept. Positions before what is kept are expired from then on.
    /// </summary>
    public async ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken)
    {
        if (lease.Current is { } owner)
            capacity.Add(-await retention.TrimAsync(owner, streamId.ToKey(), before, cancellationToken), streams: 0, isClosed: false);
    }

    public async ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken)
    {
        await DropGivenUpAsync(cancellationToken);
        var dropped = 0L;
        while (true)
        {
            var (streams, _) = await retention.DropClosedAsync(
                options.Value.Retention, PostgreSqlRetentionStatements.MaxStreams, bytes: 0, cancellationToken);
            if (streams == 0)
                break;
            dropped += streams;
        }
        return (int)dropped + await capacity.ShrinkAsync(cancellationToken);
    }

    private async ValueTask DropGivenUpAsync(CancellationToken cancellationToken)
    {
        var streams = unconfirmed.Abandoned();
        if (streams.Length == 0)
            return;
        // Those of a lease that was lost have been taken over and closed.
        if (lease.Current is { } owner)
            await retention.DropUnusedAsync(owner, streams, cancellationToken);
        foreach (var stream in streams)
            unconfirmed.Remove(stream);
    }

    private ValueTask<StreamHead?> FindByKeyAsync(string key, CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => PostgreSqlReadStatements.FindByKeyAsync(connection, key, token), cancellationToken);
}
