using SseStreaming.Application;
using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Stores.Sqlite.Reading;
using SseStreaming.Infrastructure.Stores.Sqlite.Retention;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

/// <summary>What is written to streams, each within a transaction of the writer.</summary>
/// <param name="owner">Names this process: the one that may append to the streams that it began or took over.</param>
internal sealed class SqliteWriteStatements(SqliteCapacity capacity, byte[] owner, StreamsOptions options, TimeProvider time)
{
    /// <summary>Streams that one transaction drops at the most.</summary>
    public const int DropStep = 256;

    private const string Insert =
        """
        insert into streams (id, source, created, idempotency_key, idempotency_digest, owner, first, last, segments, characters, bytes, subject, shared)
        values (?1, ?2, ?3, ?4, ?5, ?6, 1, 0, 0, 0, ?7, ?8, ?9)
        """;

    /// <summary>Moves the end of a stream, if it is where the block begins, and this process may.</summary>
    private const string Advance =
        """
        update streams set last = ?4, segments = segments + ?5, characters = characters + ?6, bytes = bytes + ?7, ending = ?8, closed = ?9
        where id = ?1 and owner = ?2 and last = ?3 - 1 and ending is null
        returning key
        """;

    private const string CanAdvance =
        "select 1 from streams where id = ?1 and owner = ?2 and last = ?3 - 1 and ending is null";

    private const string IsThere =
        """
        select 1 from streams s join blocks b on b.stream = s.key
        where s.id = ?1 and s.owner = ?2 and b.first = ?3 and b.data = ?4
        """;

    /// <summary>Whole blocks go: the one that holds the event that is to be the first stays, and so does the last one.</summary>
    private const string MoveFirst =
        """
        update streams set first = (select max(b.first) from blocks b where b.stream = streams.key and b.first <= ?3)
        where id = ?1 and owner = ?2 and first < ?3 and ending is null
        returning key, first
        """;

    public CreateResult Create(SqliteSession session, StreamHead head, StoredBlock started)
    {
        // A repeat, after a failure whose outcome was not known, finds what it did itself.
        if (session.Scalar("select 1 from streams where id = ?1 and owner = ?2", started.Stream, owner) is not null)
            return new CreateResult(CreateOutcome.Created);
        if (head.Idempotency is { } idempotency && SqliteStreamRow.FindByKey(session, idempotency.Key) is { } existing)
            return new CreateResult(CreateOutcome.Exists, existing);
        if (!MakeRoom(session, forStream: true))
            return new CreateResult(CreateOutcome.Full);

        session.Execute(
            Insert, started.Stream, head.Source, head.Created.UtcTicks, head.Idempotency?.Key, head.Idempotency?.RequestDigest, owner,
            (long)SqliteCapacity.StreamOverhead, head.Owner, head.IsShared ? 1L : 0L);
        capacity.Add(1, SqliteCapacity.StreamOverhead);
        return TryAppend(session, started)
            ? new CreateResult(CreateOutcome.Created)
            : throw new InvalidOperationException("A stream begins with its first event.");
    }

    public AppendResult Append(SqliteSession session, StoredBlock block)
    {
        var hasRoom = block.Ending is not null || MakeRoom(session, forStream: false);
        if (hasRoom && TryAppend(session, block))
            return AppendResult.Appended;
        // The same bytes in the same place by the same process: the first try took place after all.
        if (session.Scalar(IsThere, block.Stream, owner, block.First, block.Data) is not null)
            return AppendResult.Appended;
        return !hasRoom && session.Scalar(CanAdvance, block.Stream, owner, block.First) is not null ? AppendResult.Full : AppendResult.Refused;
    }

    /// <summary>Returns whether anything was there to trim.</summary>
    public bool Trim(SqliteSession session, byte[] stream, long before)
    {
        long key, first;
        using (var rows = session.Query(MoveFirst, stream, owner, before))
        {
            if (!rows.Read())
                return false;
            (key, first) = (rows.GetInt64(0), rows.GetInt64(1));
        }
        PendingDeletions.Enqueue(session, capacity, key, first);
        return true;
    }

    /// <summary>Drops some closed streams whose retention has run out; returns how many.</summary>
    public int DropExpired(SqliteSession session)
    {
        var dropped = 0;
        var until = (time.GetUtcNow() - options.Retention).UtcTicks;
        while (dropped < DropStep && DropOldest(session, until))
            dropped++;
        return dropped;
    }

    private bool TryAppend(SqliteSession session, StoredBlock block)
    {
        long bytes = block.Data.Length + SqliteCapacity.BlockOverhead;
        var closed = block.Ending is null ? null : (object)time.GetUtcNow().UtcTicks;
        var key = session.Scalar(
            Advance, block.Stream, owner, block.First, block.Last, (long)block.Segments, (long)block.Characters, bytes, (long?)block.Ending, closed);
        if (key is null)
            return false;
        session.Execute("insert into blocks (stream, first, last, data) values (?1, ?2, ?3, ?4)", key, block.First, block.Last, block.Data);
        capacity.Add(0, bytes);
        return true;
    }

    private bool MakeRoom(SqliteSession session, bool forStream)
    {
        while (capacity.Bytes >= options.MaxTotalBytes || (forStream && capacity.Streams >= options.MaxStreams))
        {
            if (!DropOldest(session, long.MaxValue))
                return false;
        }
        return true;
    }

    private bool DropOldest(SqliteSession session, long closedUntil)
    {
        long key, bytes;
        using (var rows = session.Query("select key, bytes from streams where closed <= ?1 order by closed limit 1", closedUntil))
        {
            if (!rows.Read())
                return false;
            (key, bytes) = (rows.GetInt64(0), rows.GetInt64(1));
        }
        session.Execute("delete from streams where key = ?1", key);
        PendingDeletions.Enqueue(session, capacity, key, before: long.MaxValue);
        capacity.Add(-1, -bytes);
        return true;
    }
}
