using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Reading;

/// <summary>Reads the events of a stream, page by page.</summary>
internal static class SqliteReadStatements
{
    /// <summary>A page ends with the block that gets it here: enough to make a query worth while, little enough to hold for each reader.</summary>
    private const int PageBytes = 64 * 1024;

    /// <summary>One statement, so that all of it is of one moment. The block that holds the position may begin before it.</summary>
    private const string BlocksAfter =
        """
        select s.first, b.first, b.data
        from streams s
        left join blocks b on b.stream = s.key and b.last > ?2
            and b.first >= coalesce((select max(p.first) from blocks p where p.stream = s.key and p.first <= ?2 + 1), 0)
        where s.id = ?1
        order by b.first
        """;

    /// <summary>Empty if there is nothing yet; null if what comes next is not kept.</summary>
    public static EventBatch? Read(SqliteSession session, StreamId streamId, long after)
    {
        using var rows = session.Query(BlocksAfter, StoredBlock.ToBytes(streamId), after);
        if (!rows.Read() || after + 1 < rows.GetInt64(0))
            return null;
        if (rows.IsDBNull(1))
            return default(EventBatch);

        var page = new EventPage(streamId, after + 1);
        do
        {
            var next = page.First + page.Count;
            var skip = next - rows.GetInt64(1);
            // Only the first block may begin before the position, and none after it: events would get the places of others.
            if (skip < 0 || (skip > 0 && page.Count > 0))
                throw new InvalidDataException($"Event {next} of stream {streamId} is missing from the database.");
            EventBlock.Decode(rows.GetFieldValue<byte[]>(2), page, skip);
        }
        while (page.FrameBytes < PageBytes && rows.Read());
        return page.All;
    }
}
