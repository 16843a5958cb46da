using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Reading;

internal static class SqliteReadStatements
{
    /// <summary>A read ends with the block that reaches this size: enough to pay for the query, little enough to hold for each reader.</summary>
    private const int PageBytes = 64 * 1024;

    private const string FindRecord = $"select {SqliteStreamRow.Columns} from streams where id = ?1";

    private const string FindHeadByKey = $"select {SqliteStreamRow.HeadColumns} from streams where idempotency_key = ?1";

    // One statement, so that all rows are of one snapshot. The first block is the one that holds the event after the position, and
    // may begin before it.
    private const string ReadBlocks =
        """
        select s.first, b.first, b.data
        from streams s
        left join blocks b on b.stream = s.key and b.last > ?2
            and b.first >= coalesce((select max(p.first) from blocks p where p.stream = s.key and p.first <= ?2 + 1), 0)
        where s.id = ?1
        order by b.first
        """;

    public static StreamRecord? Find(SqliteSession session, StreamId streamId)
    {
        using var rows = session.Query(FindRecord, streamId.ToBlob());
        return rows.Read() ? SqliteStreamRow.Read(rows) : null;
    }

    public static StreamHead? FindByKey(SqliteSession session, string idempotencyKey)
    {
        using var rows = session.Query(FindHeadByKey, idempotencyKey);
        return rows.Read() ? SqliteStreamRow.ReadHead(rows) : null;
    }

    /// <inheritdoc cref="IEventStreamStore.ReadAsync"/>
    public static EventBatch? Read(SqliteSession session, StreamId streamId, long after)
    {
        using var rows = session.Query(ReadBlocks, streamId.ToBlob(), after);
        if (!rows.Read() || after < rows.GetInt64(0) - 1)
            return null;
        if (rows.IsDBNull(1))
            return default(EventBatch);

        var page = new EventPage(streamId, after + 1);
        do
            EventBlock.Decode(rows.GetFieldValue<byte[]>(2), rows.GetInt64(1), page);
        while (page.FrameBytes < PageBytes && rows.Read());
        return page.All;
    }
}
