using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Sqlite.Reading;
using SseStreaming.Infrastructure.Stores.Sqlite.Writing;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>Keeps event streams in a file of this machine, for one process at a time. They outlive it.</summary>
internal sealed class SqliteEventStreamStore(SqliteDatabase database, IOptions<StreamsOptions> options, TimeProvider time) : IEventStreamStore
{
    private readonly SqliteWriteStatements _writes = new(database.Capacity, database.Owner, options.Value, time);

    public async ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, CancellationToken cancellationToken)
    {
        var block = StoredBlock.Create(started);
        return await database.Writer.WriteAsync(session => _writes.Create(session, head, block), cancellationToken, block.Data.Length);
    }

    public async ValueTask<AppendResult> AppendAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        var block = StoredBlock.Create(batch);
        return await database.Writer.WriteAsync(session => _writes.Append(session, block), cancellationToken, block.Data.Length);
    }

    public ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) =>
        database.Readers.ReadAsync(session => SqliteReadStatements.Read(session, streamId, after), cancellationToken);

    public ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) =>
        database.Readers.ReadAsync(session => SqliteStreamRow.Find(session, streamId), cancellationToken);

    public async ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken)
    {
        var id = StoredBlock.ToBytes(streamId);
        await database.Writer.WriteAsync(session => _writes.Trim(session, id, before), cancellationToken);
    }

    public async ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken)
    {
        // In steps, each a transaction of its own: appends go on between them.
        for (var dropped = 0; ;)
        {
            var step = await database.Writer.WriteAsync(_writes.DropExpired, cancellationToken);
            dropped += step;
            if (step < SqliteWriteStatements.DropStep)
                return dropped;
        }
    }
}
