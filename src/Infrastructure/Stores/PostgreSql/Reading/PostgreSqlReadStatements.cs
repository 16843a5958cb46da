using Npgsql;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Reading;

internal static class PostgreSqlReadStatements
{
    /// <summary>Bytes of blocks that one read gives, at about: large enough that a replay is not a matter of round trips.</summary>
    private const int PageBytes = 64 * 1024;

    private const string Find = "select " + PostgreSqlStreamRow.Columns + " from sse_streaming.streams where id = $1";

    private const string FindByKey = "select " + PostgreSqlStreamRow.HeadColumns + " from sse_streaming.streams where idem_key = $1";

    // How many rows make up a page is estimated from the stream's average, which bounds what is looked at; the running sum then
    // bounds what is sent. length() of a large value does not fetch it. The first block is the one that holds the event after $2.
    private const string Read =
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
        await using var command = connection.Command(Find, PostgreSqlCommands.Parameter(streamId.ToKey()));
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? PostgreSqlStreamRow.Read(reader) : null;
    }

    public static async ValueTask<StreamHead?> FindByKeyAsync(NpgsqlConnection connection, string key, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(FindByKey, PostgreSqlCommands.Parameter(key));
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? PostgreSqlStreamRow.ReadHead(reader) : null;
    }

    public static async ValueTask<EventBatch?> ReadAsync(
        NpgsqlConnection connection, StreamId streamId, long after, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(Read,
            PostgreSqlCommands.Parameter(streamId.ToKey()), PostgreSqlCommands.Parameter(after), PostgreSqlCommands.Parameter((long)PageBytes));
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken) || after < reader.GetInt64(0) - 1)
            return null;
        if (await reader.IsDBNullAsync(1, cancellationToken))
            return default(EventBatch);

        var page = new EventPage(streamId, after + 1);
        do
        {
            var first = reader.GetInt64(1);
            var next = page.First + page.Count;
            if (page.Count > 0 && first != next)
                throw new InvalidDataException($"Stream {streamId} lacks the events from {next} to {first - 1}.");
            EventBlock.Decode(await reader.GetFieldValueAsync<byte[]>(2, cancellationToken), page, next - first);
        }
        while (await reader.ReadAsync(cancellationToken));
        return page.All;
    }
}
