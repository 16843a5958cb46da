namespace SseStreaming.Infrastructure.Stores.Sqlite.Retention;

/// <summary>
/// What is dropped of a stream can't be read from then on; its blocks are deleted after that, a few at a time, so that no append
/// waits while a million of them go.
/// </summary>
internal static class PendingDeletions
{
    /// <summary>Blocks that one transaction deletes at the most.</summary>
    private const int Step = 256;

    private const string Note =
        """
        insert into remains (stream, before) values (?1, ?2)
        on conflict (stream) do update set before = max(before, excluded.before)
        """;

    private const string Delete =
        """
        delete from blocks
        where stream = ?1 and first in (select first from blocks where stream = ?1 and first < ?2 order by first limit ?3)
        returning length(data)
        """;

    /// <summary>Leaves the blocks before a sequence to be deleted.</summary>
    public static void Enqueue(SqliteSession session, SqliteCapacity capacity, long stream, long before)
    {
        session.Execute(Note, stream, before);
        capacity.HasPendingDeletions = true;
    }

    /// <summary>Deletes some of what is left. False if nothing is.</summary>
    public static bool Clear(SqliteSession session, SqliteCapacity capacity)
    {
        for (var left = Step; left > 0;)
        {
            if (Next(session) is not { } next)
                return false;
            var (deleted, bytes) = DeleteSome(session, next.Stream, next.Before, left);
            // Of a stream that was trimmed. One that is gone counts no more: it took all its bytes with it.
            if (deleted > 0 && session.Execute("update streams set bytes = bytes - ?2 where key = ?1", next.Stream, bytes) > 0)
                capacity.Add(0, -bytes);
            if (deleted < left)
                session.Execute("delete from remains where stream = ?1", next.Stream);
            // One that had nothing left counts, too, or a step would have no end.
            left -= Math.Max(1, deleted);
        }
        return true;
    }

    private static (long Stream, long Before)? Next(SqliteSession session)
    {
        using var rows = session.Query("select stream, before from remains order by stream limit 1");
        return rows.Read() ? (rows.GetInt64(0), rows.GetInt64(1)) : null;
    }

    private static (int Blocks, long Bytes) DeleteSome(SqliteSession session, long stream, long before, int limit)
    {
        using var rows = session.Query(Delete, stream, before, (long)limit);
        var (blocks, bytes) = (0, 0L);
        for (; rows.Read(); blocks++)
            bytes += rows.GetInt64(0) + SqliteCapacity.BlockOverhead;
        return (blocks, bytes);
    }
}
