using SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Retention;

/// <summary>Drops closed streams, with all that belongs to them, a bounded number at a time. Several nodes may do it at once.</summary>
internal sealed class PostgreSqlRetentionStatements(PostgreSqlDatabase database)
{
    /// <summary>Streams that are looked at in one go.</summary>
    public const int MaxStreams = 500;

    /// <summary>Rows that go in one transaction, unless a single stream has more.</summary>
    private const int MaxBlocks = 50_000;

    /// <summary>The largest stream has a million rows; nobody waits for this.</summary>
    private const int Seconds = 120;

    // Which ones go is decided over what is locked here; what another node is about to drop is left to it.
    private const string DropClosed =
        """
        with candidates as (
            select id, closed_at, last - first + 1 as events, bytes from sse_streaming.streams
            where ending is not null and closed_at <= now() - $1
            order by closed_at limit $2
            for update skip locked
        ), sized as (
            select id,
                row_number() over (order by closed_at, id) as place,
                sum(events) over (order by closed_at, id) - events as blocks_before,
                sum(bytes) over (order by closed_at, id) - bytes as bytes_before
            from candidates
        ), dropped as (
            delete from sse_streaming.streams as s using sized as z
            where s.id = z.id and z.blocks_before < $3 and (z.place <= $4 or z.bytes_before < $5)
            returning s.id, s.bytes
        ), blocks as (
            delete from sse_streaming.blocks using dropped where stream_id = dropped.id
        ), viewers as (
            delete from sse_streaming.viewers using dropped where stream_id = dropped.id
        )
        select count(*), coalesce(sum(bytes), 0)::bigint from dropped
        """;

    // The row is locked first: a stream that is no longer this node's loses nothing.
    private const string Trim =
        """
        with mine as (
            select id from sse_streaming.streams where id = $1 and owner = $2 and ending is null for update
        ), kept as (
            select max(b.first) as first from sse_streaming.blocks as b join mine on b.stream_id = mine.id where b.first <= $3
        ), gone as (
            delete from sse_streaming.blocks as b using mine, kept where b.stream_id = mine.id and b.first < kept.first
            returning length(b.data) + $4 as bytes
        ), freed as (
            select coalesce(sum(bytes), 0)::bigint as bytes from gone
        )
        update sse_streaming.streams as s set first = kept.first, bytes = s.bytes - freed.bytes
        from mine, kept, freed where s.id = mine.id and s.first < kept.first
        returning freed.bytes
        """;

    private const string DropUnused =
        """
        with dropped as (
            delete from sse_streaming.streams where id = any($1::uuid[]) and owner = $2 and last = 1 and ending is null
            returning id
        )
        delete from sse_streaming.blocks using dropped where stream_id = dropped.id
        """;

    /// <summary>
    /// Drops the oldest of the streams that have been closed for a time: so many streams, or as many as hold so many bytes,
    /// whichever is more.
    /// </summary>
    public ValueTask<(long Streams, long Bytes)> DropClosedAsync(
        TimeSpan closedFor, int streams, long bytes, CancellationToken cancellationToken) =>
        database.RunAsync(async (connection, token) =>
        {
            await using var command = connection.Command(DropClosed,
                PostgreSqlCommands.Parameter(closedFor), PostgreSqlCommands.Parameter(MaxStreams), PostgreSqlCommands.Parameter(MaxBlocks), PostgreSqlCommands.Parameter(streams), PostgreSqlCommands.Parameter(bytes));
            command.CommandTimeout = Seconds;
            await using var reader = await command.ExecuteReaderAsync(token);
            await reader.ReadAsync(token);
            return (reader.GetInt64(0), reader.GetInt64(1));
        }, cancellationToken);

    /// <summary>Drops whole blocks of an open stream of this node before a sequence; returns how many bytes that freed.</summary>
    public ValueTask<long> TrimAsync(Guid owner, Guid stream, long before, CancellationToken cancellationToken) =>
        database.RunAsync(async (connection, token) =>
        {
            await using var command = connection.Command(Trim,
                PostgreSqlCommands.Parameter(stream), PostgreSqlCommands.Parameter(owner), PostgreSqlCommands.Parameter(before), PostgreSqlCommands.Parameter(PostgreSqlPendingWrite.BlockOverhead));
            return await command.ExecuteScalarAsync(token) is long freed ? freed : 0;
        }, cancellationToken);

    /// <summary>Drops streams of this node that nothing was written to.</summary>
    public ValueTask<int> DropUnusedAsync(Guid owner, Guid[] streams, CancellationToken cancellationToken) =>
        database.RunAsync(async (connection, token) =>
        {
            await using var command = connection.Command(DropUnused, PostgreSqlCommands.Parameter(streams), PostgreSqlCommands.Parameter(owner));
            return await command.ExecuteNonQueryAsync(token);
        }, cancellationToken);
}
