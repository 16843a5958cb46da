using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Retention;

/// <summary>Drops streams and the oldest events of open ones. Their blocks become <see cref="PendingDeletions"/>.</summary>
internal static class SqliteRetentionStatements
{
    private const string FindOldestClosed = "select key, bytes from streams where closed <= ?1 order by closed limit 1";

    private const string FindRetained = "select key, bytes from streams where closed <= ?1 and expires is null order by closed limit 1";

    private const string MoveExpiry = "update streams set expires = ?2 where id = ?1 and expires is not null";

    private const string FindStream = "select key, bytes from streams where id = ?1";

    // Only whole blocks are dropped: the block that holds the new first event stays, and so does the last one.
    private const string AdvanceStart =
        """
        update streams set first = (select max(b.first) from blocks b where b.stream = streams.key and b.first <= ?3)
        where id = ?1 and owner = ?2 and first < ?3 and ending is null
        returning key, first
        """;

    /// <summary>Drops the stream that was closed first; false if there is none.</summary>
    public static bool DropOldestClosed(SqliteSession session, SqliteCapacity capacity) => Drop(session, capacity, FindOldestClosed, long.MaxValue);

    /// <summary>Drops the stream without a time of its own that was closed first, if that was at or before a time; false if there is none.</summary>
    public static bool DropRetained(SqliteSession session, SqliteCapacity capacity, long closedUntil) =>
        Drop(session, capacity, FindRetained, closedUntil);

    public static int Renew(SqliteSession session, StreamId streamId, DateTimeOffset expires) =>
        session.Execute(MoveExpiry, streamId.ToBlob(), expires.UtcTicks);

    /// <summary>Drops a stream, open or closed; false if there is none.</summary>
    public static bool Forget(SqliteSession session, SqliteCapacity capacity, StreamId streamId) =>
        Drop(session, capacity, FindStream, streamId.ToBlob());

    /// <summary>Drops the blocks of an open stream of this process before a sequence; false if there is nothing to drop.</summary>
    public static bool Trim(SqliteSession session, SqliteCapacity capacity, byte[] streamId, byte[] ownerId, long before)
    {
        long streamKey, first;
        using (var rows = session.Query(AdvanceStart, streamId, ownerId, before))
        {
            if (!rows.Read())
                return false;
            (streamKey, first) = (rows.GetInt64(0), rows.GetInt64(1));
        }
        PendingDeletions.Enqueue(session, capacity, streamKey, first);
        return true;
    }

    private static bool Drop(SqliteSession session, SqliteCapacity capacity, string find, object value)
    {
        long streamKey, bytes;
        using (var rows = session.Query(find, value))
        {
            if (!rows.Read())
                return false;
            (streamKey, bytes) = (rows.GetInt64(0), rows.GetInt64(1));
        }
        session.Execute("delete from streams where key = ?1", streamKey);
        session.Execute("delete from requests where stream = ?1", streamKey);
        session.Execute("delete from properties where stream = ?1", streamKey);
        PendingDeletions.Enqueue(session, capacity, streamKey, before: long.MaxValue);
        capacity.Add(-1, -bytes);
        return true;
    }
}
