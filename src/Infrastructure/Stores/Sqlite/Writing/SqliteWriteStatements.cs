using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

/// <summary>Writes to streams, each within a transaction of the writer.</summary>
internal static class SqliteWriteStatements
{
    private const string InsertStream =
        """
        insert into streams (id, source, created, idempotency_key, idempotency_digest, owner, first, last, segments, characters, bytes, subject, shared, thread, expires,
            time_to_live)
        values (?1, ?2, ?3, ?4, ?5, ?6, 1, 0, 0, 0, ?7, ?8, ?9, ?10, ?11, ?12)
        returning key
        """;

    private const string InsertRequest = "insert into requests (stream, data) values (?1, ?2)";

    private const string InsertProperties = "insert into properties (stream, data) values (?1, ?2)";

    // The fence: only the owner appends, only until it has handed the stream over, only right after the last event, only while the stream
    // is open.
    private const string AdvanceEnd =
        """
        update streams
        set last = ?4, segments = segments + ?5, characters = characters + ?6, bytes = bytes + ?7, ending = ?8, closed = ?9,
            checkpoint = case when ?8 is null then coalesce(?10, checkpoint) else ?10 end,
            take_overs = case when ?5 > 0 then 0 else take_overs end
        where id = ?1 and owner = ?2 and last = ?3 - 1 and ending is null and not handed_over
        returning key
        """;

    private const string InsertBlock = "insert into blocks (stream, first, last, data) values (?1, ?2, ?3, ?4)";

    private const string DeleteRequest = "delete from requests where stream = ?1";

    private const string SaveCheckpoint =
        "update streams set checkpoint = ?3 where id = ?1 and owner = ?2 and ending is null and not handed_over";

    private const string FindCreated = "select 1 from streams where id = ?1 and owner = ?2";

    private const string FindAppendable =
        "select 1 from streams where id = ?1 and owner = ?2 and last = ?3 - 1 and ending is null and not handed_over";

    private const string FindAppended =
        """
        select 1 from streams s join blocks b on b.stream = s.key
        where s.id = ?1 and s.owner = ?2 and b.first = ?3 and b.data = ?4
        """;

    /// <summary>Inserts a stream without events.</summary>
    public static void Create(SqliteSession session, StreamHead head, byte[]? request, byte[] ownerId, long bytes)
    {
        var key = session.Scalar(
            InsertStream, head.Id.ToBlob(), head.Source, head.Created.UtcTicks, head.Idempotency?.Key, head.Idempotency?.RequestDigest, ownerId,
            bytes, head.Owner, head.IsShared ? 1L : 0L, head.Thread, head.Expires?.UtcTicks, head.TimeToLive?.Ticks);
        if (request is not null)
            session.Execute(InsertRequest, key, request);
        if (head.Properties is not null)
            session.Execute(InsertProperties, key, head.Properties);
    }

    /// <summary>Appends a batch that counts as so many bytes; false if it does not follow the last event, or this process may not append.</summary>
    public static bool TryAppend(SqliteSession session, BatchRow row, byte[] ownerId, long bytes, DateTimeOffset now)
    {
        var closed = row.Ending is null ? (long?)null : now.UtcTicks;
        var key = session.Scalar(
            AdvanceEnd, row.StreamId.ToBlob(), ownerId, row.First, row.Last, (long)row.Segments, (long)row.Characters, bytes, (long?)row.Ending, closed,
            row.Checkpoint);
        if (key is null)
            return false;
        session.Execute(InsertBlock, key, row.First, row.Last, row.Data);
        if (row.Ending is not null)
            session.Execute(DeleteRequest, key);
        return true;
    }

    /// <summary>Replaces the checkpoint; false if the stream is closed, or this process may not append.</summary>
    public static bool TrySaveCheckpoint(SqliteSession session, StreamId streamId, byte[] checkpoint, byte[] ownerId) =>
        session.Execute(SaveCheckpoint, streamId.ToBlob(), ownerId, checkpoint) > 0;

    /// <summary>True if this process has created this very stream.</summary>
    public static bool IsCreated(SqliteSession session, StreamHead head, byte[] ownerId) =>
        session.Scalar(FindCreated, head.Id.ToBlob(), ownerId) is not null;

    /// <summary>True if this process has appended this very batch.</summary>
    public static bool IsAppended(SqliteSession session, BatchRow row, byte[] ownerId) =>
        session.Scalar(FindAppended, row.StreamId.ToBlob(), ownerId, row.First, row.Data) is not null;

    /// <summary>True if the batch would follow the last event of an open stream of this process.</summary>
    public static bool CanAppend(SqliteSession session, BatchRow row, byte[] ownerId) =>
        session.Scalar(FindAppendable, row.StreamId.ToBlob(), ownerId, row.First) is not null;
}
