namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>
/// A dropped stream is gone at once, with its row; its blocks go after it, a few at a time, so that no append waits while
/// a million of them are deleted.
/// </summary>
internal static class StreamRemains
{
    /// <summary>Blocks that one transaction deletes at the most.</summary>
    private const int Step = 256;

    public static void Leave(SqliteSession session, long key) =>
        session.Execute("insert into dropped (stream) values (?1)", key);

    /// <summary>Deletes some of what is left. False if nothing is.</summary>
    public static bool Clear(SqliteSession session)
    {
        for (var left = Step; left > 0;)
        {
            if (session.Scalar("select min(stream) from dropped") is not long key)
                return false;
            var deleted = session.Execute(
                "delete from blocks where stream = ?1 and first in (select first from blocks where stream = ?1 order by first limit ?2)",
                key, (long)left);
            if (deleted < left)
                session.Execute("delete from dropped where stream = ?1", key);
            // A stream without blocks counts too: there is no end to them otherwise.
            left -= Math.Max(1, deleted);
        }
        return true;
    }
}
