namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>Drops closed streams, with all that belongs to them, a bounded number at a time. Several nodes may do it at once.</summary>
internal sealed class RetentionStatements(PostgreSqlDatabase database)
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
            select id, closed_at, segments, bytes from sse_streaming.streams
            where ending is not null and closed_at <= now() - $1
            order by closed_at limit $2
            for update skip locked
        ), sized as (
            select id,
                row_number() over (order by closed_at, id) as place,
                sum(segments + 2) over (order by closed_at, id) - segments - 2 as blocks_before,
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
                Parameter.Of(closedFor), Parameter.Of(MaxStreams), Parameter.Of(MaxBlocks), Parameter.Of(streams), Parameter.Of(bytes));
            command.CommandTimeout = Seconds;
            await using var reader = await command.ExecuteReaderAsync(token);
            await reader.ReadAsync(token);
            return (reader.GetInt64(0), reader.GetInt64(1));
        }, cancellationToken);

    /// <summary>Drops streams of this node that nothing was written to.</summary>
    public ValueTask<int> DropUnusedAsync(Guid owner, Guid[] streams, CancellationToken cancellationToken) =>
        database.RunAsync(async (connection, token) =>
        {
            await using var command = connection.Command(DropUnused, Parameter.Of(streams), Parameter.Of(owner));
            return await command.ExecuteNonQueryAsync(token);
        }, cancellationToken);
}
