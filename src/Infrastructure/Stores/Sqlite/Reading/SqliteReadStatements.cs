using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Reading;

internal static class SqliteReadStatements
{
    /// <summary>A read ends with the block that reaches this size: enough to pay for the query, little enough to hold for each reader.</summary>
    private const int PageBytes = 24 * 1024;

    private const string FindRecord = $"select {SqliteStreamRow.Columns} from streams where id = ?1";

    private const string FindRecordByKey = $"select {SqliteStreamRow.Columns} from streams where idempotency_key = ?1";

    private const string FindExpiredStreams = "select id from streams where expires <= ?1 order by expires limit 256";

    private const string FindLastOfThread =
        $"select {SqliteStreamRow.Columns} from streams where subject is ?1 and thread = ?2 order by created desc, id desc limit 1";

    private const string ListOfSubject =
        $"""
        select {SqliteStreamRow.ListColumns} from streams
        where subject = ?1
            and (?2 is null or coalesce(ending, 0) = ?2)
            and (?3 is null or thread = ?3)
            and (?4 is null or (created, id) < (?4, ?5))
        order by created desc, id desc limit ?6
        """;

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

    public static StreamRecord? FindByKey(SqliteSession session, string idempotencyKey)
    {
        using var rows = session.Query(FindRecordByKey, idempotencyKey);
        return rows.Read() ? SqliteStreamRow.Read(rows) : null;
    }

    public static IReadOnlyList<StreamId> FindExpired(SqliteSession session, DateTimeOffset until)
    {
        using var rows = session.Query(FindExpiredStreams, until.UtcTicks);
        var found = new List<StreamId>();
        while (rows.Read())
            found.Add(StreamId.FromBytes(rows.GetFieldValue<byte[]>(0)));
        return found;
    }

    /// <inheritdoc cref="IEventStreamStore.FindLastAsync"/>
    public static StreamRecord? FindLast(SqliteSession session, string? owner, string thread)
    {
        using var rows = session.Query(FindLastOfThread, owner, thread);
        return rows.Read() ? SqliteStreamRow.Read(rows) : null;
    }

    /// <inheritdoc cref="IEventStreamStore.ListAsync"/>
    public static IReadOnlyList<StreamRecord> List(
        SqliteSession session, string owner, StreamStatus? status, string? thread, StreamHead? after, int limit)
    {
        using var rows = session.Query(
            ListOfSubject, owner, (long?)StatusFilter.FromStatus(status), thread, after?.Created.UtcTicks, after?.Id.ToBlob(), (long)limit);
        var records = new List<StreamRecord>();
        while (rows.Read())
            records.Add(SqliteStreamRow.Read(rows));
        return records;
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
        while (page.Size < PageBytes && rows.Read());
        return page.All;
    }
}
