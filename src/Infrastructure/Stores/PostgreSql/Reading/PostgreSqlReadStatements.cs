using Npgsql;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Reading;

internal static class PostgreSqlReadStatements
{
    /// <summary>A read ends with the block that reaches this size: enough to pay for the round trip, little enough to hold for each reader.</summary>
    private const int PageBytes = 64 * 1024;

    private const string FindRecord = $"select {PostgreSqlStreamRow.Columns} from sse_streaming.streams where id = $1";

    private const string FindRecordByKey = $"select {PostgreSqlStreamRow.Columns} from sse_streaming.streams where idem_key = $1";

    private const string FindLastOfSubject =
        $"select {PostgreSqlStreamRow.Columns} from sse_streaming.streams where subject = $2 and thread = $1 order by created desc, id desc limit 1";

    private const string FindLastWithoutSubject =
        $"select {PostgreSqlStreamRow.Columns} from sse_streaming.streams where subject is null and thread = $1 order by created desc, id desc limit 1";

    // Not prepared, so that it is planned for the conditions that apply.
    private const string ListOfSubject =
        $"""
        select {PostgreSqlStreamRow.ListColumns} from sse_streaming.streams
        where subject = $1
            and ($2::smallint is null or coalesce(ending, 0) = $2)
            and ($3::text is null or thread = $3)
            and ($4::timestamptz is null or (created, id) < ($4, $5::uuid))
        order by created desc, id desc limit $6
        """;

    // The number of rows is estimated from the average of the stream, which limits the scan; the running sum then limits what is sent,
    // and length() does not load a large value. The first block is the one that holds the event after the position.
    private const string ReadBlocks =
        """
        select s.first, p.first, p.data
        from (select first, greatest(16, least(4096, $3 * 2 * (last - first + 1) / bytes)) as most from sse_streaming.streams where id = $1) as s
        left join lateral (
            select first, data from (
                select first, data, sum(length(data)) over (order by first) - length(data) as before
                from (
                    select first, data from sse_streaming.blocks
                    where stream_id = $1
                        and first >= (select max(first) from sse_streaming.blocks where stream_id = $1 and first <= $2 + 1)
                    order by first limit s.most
                ) as b
            ) as sized
            where before < $3
        ) as p on true
        order by p.first
        """;

    public static async ValueTask<StreamRecord?> FindAsync(NpgsqlConnection connection, StreamId streamId, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(FindRecord, PostgreSqlCommands.Parameter(streamId.ToUuid()));
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? PostgreSqlStreamRow.Read(reader) : null;
    }

    public static async ValueTask<StreamRecord?> FindByKeyAsync(NpgsqlConnection connection, string idempotencyKey, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(FindRecordByKey, PostgreSqlCommands.Parameter(idempotencyKey));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? PostgreSqlStreamRow.Read(reader) : null;
    }

    /// <inheritdoc cref="IEventStreamStore.FindLastAsync"/>
    public static async ValueTask<StreamRecord?> FindLastAsync(
        NpgsqlConnection connection, string? owner, string thread, CancellationToken cancellationToken)
    {
        await using var command = owner is null
            ? connection.Command(FindLastWithoutSubject, PostgreSqlCommands.Parameter(thread))
            : connection.Command(FindLastOfSubject, PostgreSqlCommands.Parameter(thread), PostgreSqlCommands.Parameter(owner));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? PostgreSqlStreamRow.Read(reader) : null;
    }

    /// <inheritdoc cref="IEventStreamStore.ListAsync"/>
    public static async ValueTask<IReadOnlyList<StreamRecord>> ListAsync(
        NpgsqlConnection connection, string owner, StreamStatus? status, string? thread, StreamHead? after, int limit,
        CancellationToken cancellationToken)
    {
        await using var command = connection.Command(ListOfSubject,
            PostgreSqlCommands.Parameter(owner), PostgreSqlCommands.Parameter(StatusFilter.FromStatus(status)), PostgreSqlCommands.Parameter(thread),
            PostgreSqlCommands.Parameter(after?.Created.UtcDateTime), PostgreSqlCommands.Parameter(after?.Id.ToUuid()), PostgreSqlCommands.Parameter(limit));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<StreamRecord>();
        while (await reader.ReadAsync(cancellationToken))
            records.Add(PostgreSqlStreamRow.Read(reader));
        return records;
    }

    /// <inheritdoc cref="IEventStreamStore.ReadAsync"/>
    public static async ValueTask<EventBatch?> ReadAsync(
        NpgsqlConnection connection, StreamId streamId, long after, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(ReadBlocks,
            PostgreSqlCommands.Parameter(streamId.ToUuid()), PostgreSqlCommands.Parameter(after), PostgreSqlCommands.Parameter((long)PageBytes));
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken) || after < reader.GetInt64(0) - 1)
            return null;
        if (await reader.IsDBNullAsync(1, cancellationToken))
            return default(EventBatch);

        var page = new EventPage(streamId, after + 1);
        do
            EventBlock.Decode(await reader.GetFieldValueAsync<byte[]>(2, cancellationToken), reader.GetInt64(1), page);
        while (await reader.ReadAsync(cancellationToken));
        return page.All;
    }
}
