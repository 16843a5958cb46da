using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Sqlite.Reading;
using SseStreaming.Infrastructure.Stores.Sqlite.Retention;
using SseStreaming.Infrastructure.Stores.Sqlite.Writing;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>Keeps event streams in a file of this machine, for one process at a time.</summary>
internal sealed class SqliteEventStreamStore(SqliteDatabase database, IOptions<StreamsOptions> options, TimeProvider time) : IEventStreamStore
{
    /// <summary>Streams that one transaction drops at most, so that appends can run between two of them.</summary>
    private const int MaxDroppedStreams = 256;

    private readonly SqliteCapacity _capacity = database.Capacity;

    public async ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, byte[]? request, CancellationToken cancellationToken)
    {
        var row = BatchRow.From(started, checkpoint: null);
        return await database.Writer.WriteAsync(
            session => Create(session, head, row, request), cancellationToken, row.Size + (request?.Length ?? 0) + head.PropertiesSize);
    }

    public async ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken)
    {
        var row = BatchRow.From(batch, checkpoint);
        return await database.Writer.WriteAsync(session => Append(session, row), cancellationToken, row.Size);
    }

    public async ValueTask<AppendResult> SaveCheckpointAsync(StreamId streamId, byte[] checkpoint, CancellationToken cancellationToken)
    {
        var isSaved = await database.Writer.WriteAsync(
            session => SqliteWriteStatements.TrySaveCheckpoint(session, streamId, checkpoint, database.OwnerId), cancellationToken, checkpoint.Length);
        return isSaved ? AppendResult.Appended : AppendResult.Refused;
    }

    public ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) =>
        database.Readers.ReadAsync(session => SqliteReadStatements.Read(session, streamId, after), cancellationToken);

    public ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) =>
        database.Readers.ReadAsync(session => SqliteReadStatements.Find(session, streamId), cancellationToken);

    public ValueTask<StreamRecord?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        database.Readers.ReadAsync(session => SqliteReadStatements.FindByKey(session, idempotencyKey), cancellationToken);

    public ValueTask<StreamRecord?> FindLastAsync(string? owner, string thread, CancellationToken cancellationToken) =>
        database.Readers.ReadAsync(session => SqliteReadStatements.FindLast(session, owner, thread), cancellationToken);

    public ValueTask<IReadOnlyList<StreamRecord>> ListAsync(
        string owner, StreamStatus? status, string? thread, StreamHead? after, int limit, CancellationToken cancellationToken) =>
        database.Readers.ReadAsync(session => SqliteReadStatements.List(session, owner, status, thread, after, limit), cancellationToken);

    public async ValueTask ForgetAsync(StreamId streamId, CancellationToken cancellationToken) =>
        await database.Writer.WriteAsync(session => SqliteRetentionStatements.Forget(session, _capacity, streamId), cancellationToken);

    public async ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken) =>
        await database.Writer.WriteAsync(
            session => SqliteRetentionStatements.Trim(session, _capacity, streamId.ToBlob(), database.OwnerId, before), cancellationToken);

    public async ValueTask RenewAsync(StreamId streamId, DateTimeOffset expires, CancellationToken cancellationToken) =>
        await database.Writer.WriteAsync(session => SqliteRetentionStatements.Renew(session, streamId, expires), cancellationToken);

    public ValueTask<IReadOnlyList<StreamId>> FindExpiredAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        database.Readers.ReadAsync(session => SqliteReadStatements.FindExpired(session, until), cancellationToken);

    public async ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken)
    {
        for (var dropped = 0; ;)
        {
            var count = await database.Writer.WriteAsync(DropExpired, cancellationToken);
            dropped += count;
            if (count < MaxDroppedStreams)
                return dropped;
        }
    }

    private CreateResult Create(SqliteSession session, StreamHead head, BatchRow started, byte[]? request)
    {
        if (SqliteWriteStatements.IsCreated(session, head, database.OwnerId))
            return new CreateResult(CreateOutcome.Created);
        if (head.Idempotency is { } idempotency && SqliteReadStatements.FindByKey(session, idempotency.Key) is { } existing)
            return new CreateResult(CreateOutcome.Exists, existing.Head);
        if (!_capacity.HasCapacity(session, forStream: true))
            return new CreateResult(CreateOutcome.Full);

        var bytes = SqliteCapacity.StreamOverhead + head.PropertiesSize;
        SqliteWriteStatements.Create(session, head, request, database.OwnerId, bytes);
        _capacity.Add(1, bytes);
        return TryAppend(session, started)
            ? new CreateResult(CreateOutcome.Created)
            : throw new InvalidOperationException("A stream begins with its first event.");
    }

    private AppendResult Append(SqliteSession session, BatchRow row)
    {
        var hasCapacity = row.Ending is not null || _capacity.HasCapacity(session, forStream: false);
        if (hasCapacity && TryAppend(session, row))
            return AppendResult.Appended;
        // The first attempt may have been committed without an answer to its caller.
        if (SqliteWriteStatements.IsAppended(session, row, database.OwnerId))
            return AppendResult.Appended;
        return !hasCapacity && SqliteWriteStatements.CanAppend(session, row, database.OwnerId) ? AppendResult.Full : AppendResult.Refused;
    }

    private bool TryAppend(SqliteSession session, BatchRow row)
    {
        var bytes = row.Data.Length + SqliteCapacity.BlockOverhead;
        var isAppended = SqliteWriteStatements.TryAppend(session, row, database.OwnerId, bytes, time.GetUtcNow());
        if (isAppended)
            _capacity.Add(0, bytes);
        return isAppended;
    }

    private int DropExpired(SqliteSession session)
    {
        var dropped = 0;
        var closedUntil = (time.GetUtcNow() - options.Value.Retention).UtcTicks;
        while (dropped < MaxDroppedStreams && SqliteRetentionStatements.DropRetained(session, _capacity, closedUntil))
            dropped++;
        return dropped;
    }
}
