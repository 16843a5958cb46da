namespace SseStreaming.Infrastructure.Stores.Sqlite.Retention;

/// <summary>
/// Blocks that no read returns any more and that are still in the database. They are deleted a few at a time, because an append would
/// wait while one statement deletes a million of them.
/// </summary>
internal static class PendingDeletions
{
    private const int MaxBlocksPerTransaction = 256;

    private const string Insert =
        """
        insert into remains (stream, before) values (?1, ?2)
        on conflict (stream) do update set before = max(before, excluded.before)
        """;

    private const string DeleteBlocks =
        """
        delete from blocks
        where stream = ?1 and first in (select first from blocks where stream = ?1 and first < ?2 order by first limit ?3)
        returning length(data)
        """;

    /// <summary>Queues the blocks of a stream that begin before a sequence.</summary>
    public static void Enqueue(SqliteSession session, SqliteCapacity capacity, long streamKey, long before)
    {
        session.Execute(Insert, streamKey, before);
        capacity.HasPendingDeletions = true;
    }

    /// <summary>Deletes some of the queued blocks; false if none are left.</summary>
    public static bool DeleteSome(SqliteSession session, SqliteCapacity capacity)
    {
        for (var quota = MaxBlocksPerTransaction; quota > 0;)
        {
            if (FindNext(session) is not { } next)
                return false;
            var (blocks, bytes) = DeleteBlocksOf(session, next.StreamKey, next.Before, quota);
            // A trimmed stream becomes smaller. The bytes of a dropped stream were subtracted together with its row.
            if (blocks > 0 && session.Execute("update streams set bytes = bytes - ?2 where key = ?1", next.StreamKey, bytes) > 0)
                capacity.Add(streams: 0, -bytes);
            if (blocks < quota)
                session.Execute("delete from remains where stream = ?1", next.StreamKey);
            // An entry without blocks counts as one, so that a transaction with many of them ends, too.
            quota -= Math.Max(1, blocks);
        }
        return true;
    }

    private static (long StreamKey, long Before)? FindNext(SqliteSession session)
    {
        using var rows = session.Query("select stream, before from remains order by stream limit 1");
        return rows.Read() ? (rows.GetInt64(0), rows.GetInt64(1)) : null;
    }

    private static (int Blocks, long Bytes) DeleteBlocksOf(SqliteSession session, long streamKey, long before, int limit)
    {
        using var rows = session.Query(DeleteBlocks, streamKey, before, (long)limit);
        var (blocks, bytes) = (0, 0L);
        for (; rows.Read(); blocks++)
            bytes += rows.GetInt64(0) + SqliteCapacity.BlockOverhead;
        return (blocks, bytes);
    }
}
