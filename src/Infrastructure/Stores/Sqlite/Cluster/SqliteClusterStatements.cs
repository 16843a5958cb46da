using SseStreaming.Application.Cluster;
using SseStreaming.Infrastructure.Stores.Sqlite.Reading;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Cluster;

internal static class SqliteClusterStatements
{
    private const string TakeOpen = $"update streams set owner = ?1 where ending is null and key <= ?2 returning {SqliteStreamRow.Columns}";

    /// <summary>Makes an owner the owner of the open streams up to a row key.</summary>
    public static IReadOnlyList<TakenStream> TakeOver(SqliteSession session, byte[] ownerId, long lastKey)
    {
        var taken = new List<TakenStream>();
        using var rows = session.Query(TakeOpen, ownerId, lastKey);
        while (rows.Read())
            taken.Add(new TakenStream(SqliteStreamRow.Read(rows), null, null, 1, false));
        return taken;
    }
}
