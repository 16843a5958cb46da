using SseStreaming.Application.Storage;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

/// <summary>Writes to streams, each within a transaction of the writer.</summary>
internal static class SqliteWriteStatements
{
    private const string InsertStream =
        """
        insert into streams (id, source, created, idempotency_key, idempotency_digest, owner, first, last, segments, characters, bytes, subject, shared)
        values (?1, ?2, ?3, ?4, ?5, ?6, 1, 0, 0, 0, ?7, ?8, ?9)
        """;

    // The fence: only the owner appends, only right after the last event, only while the stream is open.
    private const string AdvanceEnd =
        """
        update streams set last = ?4, segments = segments + ?5, characters = characters + ?6, bytes = bytes + ?7, ending = ?8, closed = ?9
        where id = ?1 and owner = ?2 and last = ?3 - 1 and ending is null
        returning key
        """;

    private const string InsertBlock = "insert into blocks (stream, first, last, data) values (?1, ?2, ?3, ?4)";

    private const string FindCreated = "select 1 from streams where id = ?1 and owner = ?2";

    private const string FindAppendable = "select 1 from streams where id = ?1 and owner = ?2 and last = ?3 - 1 and ending is null";

    private const string FindAppended =
        """
        select 1 from streams s join blocks b on b.stream = s.key
        where s.id = ?1 and s.owner = ?2 and b.first = ?3 and b.data = ?4
        """;

    /// <summary>Inserts a stream without events.</summary>
    public static void Create(SqliteSession session, StreamHead head, byte[] ownerId, long bytes) => session.Execute(
        InsertStream, head.Id.ToBlob(), head.Source, head.Created.UtcTicks, head.Idempotency?.Key, head.Idempotency?.RequestDigest, ownerId,
        bytes, head.Owner, head.IsShared ? 1L : 0L);

    /// <summary>Appends a batch that counts as so many bytes; false if it does not follow the last event, or this process may not append.</summary>
    public static bool TryAppend(SqliteSession session, BatchRow row, byte[] ownerId, long bytes, DateTimeOffset now)
    {
        var closed = row.Ending is null ? (long?)null : now.UtcTicks;
        var key = session.Scalar(
            AdvanceEnd, row.StreamId.ToBlob(), ownerId, row.First, row.Last, (long)row.Segments, (long)row.Characters, bytes, (long?)row.Ending, closed);
        if (key is null)
            return false;
        session.Execute(InsertBlock, key, row.First, row.Last, row.Data);
        return true;
    }

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
