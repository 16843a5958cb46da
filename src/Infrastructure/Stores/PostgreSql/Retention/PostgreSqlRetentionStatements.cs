using Npgsql;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Retention;

/// <summary>Drops streams and the oldest events of open ones. Several nodes may do so at the same time.</summary>
internal static class PostgreSqlRetentionStatements
{
    /// <summary>Streams that one transaction drops at most.</summary>
    public const int MaxStreams = 500;

    /// <summary>Blocks that one transaction deletes at most, unless a single stream has more.</summary>
    private const int MaxBlocks = 50_000;

    /// <summary>A stream may have a million blocks, and no caller waits for their deletion.</summary>
    private const int TimeoutSeconds = 120;

    // "skip locked" leaves the streams that another node is dropping to that node.
    private const string DropClosed =
        """
        with candidates as (
            select id, closed_at, last - first + 1 as events, bytes from sse_streaming.streams
            where ending is not null and closed_at <= now() - $1 and (expires is null or not $6)
            order by closed_at limit $2
            for update skip locked
        ), sized as (
            select id,
                row_number() over (order by closed_at, id) as number,
                sum(events) over (order by closed_at, id) - events as blocks_before,
                sum(bytes) over (order by closed_at, id) - bytes as bytes_before
            from candidates
        ), dropped as (
            delete from sse_streaming.streams as s using sized as z
            where s.id = z.id and z.blocks_before < $3 and (z.number <= $4 or z.bytes_before < $5)
            returning s.id, s.bytes
        ), blocks as (
            delete from sse_streaming.blocks using dropped where stream_id = dropped.id
        ), viewers as (
            delete from sse_streaming.viewers using dropped where stream_id = dropped.id
        )
        select count(*), coalesce(sum(bytes), 0)::bigint from dropped
        """;

    // Only whole blocks are dropped: the block that holds the new first event stays, and so does the last one. The row is locked
    // first, so that a stream that another node has taken over loses nothing.
    private const string TrimOpen =
        """
        with owned as (
            select id from sse_streaming.streams where id = $1 and owner = $2 and ending is null for update
        ), kept as (
            select max(b.first) as first from sse_streaming.blocks as b join owned on b.stream_id = owned.id where b.first <= $3
        ), deleted as (
            delete from sse_streaming.blocks as b using owned, kept where b.stream_id = owned.id and b.first < kept.first
            returning length(b.data) + $4 as bytes
        ), freed as (
            select coalesce(sum(bytes), 0)::bigint as bytes from deleted
        )
        update sse_streaming.streams as s set first = kept.first, bytes = s.bytes - freed.bytes
        from owned, kept, freed where s.id = owned.id and s.first < kept.first
        returning freed.bytes
        """;

    private const string DropUnused =
        """
        with dropped as (
            delete from sse_streaming.streams where id = any($1::uuid[]) and owner = $2 and last = 1 and ending is null
            returning id
        ), requests as (
            delete from sse_streaming.requests using dropped where stream_id = dropped.id
        )
        delete from sse_streaming.blocks using dropped where stream_id = dropped.id
        """;

    // A statement of its own, so that the next one sees the blocks of an append that it waits for.
    private const string Lock = "select from sse_streaming.streams where id = $1 for update";

    private const string Forget =
        $"""
        with dropped as (
            delete from sse_streaming.streams where id = $1 returning id, bytes
        ), blocks as (
            delete from sse_streaming.blocks using dropped where stream_id = dropped.id
        ), viewers as (
            delete from sse_streaming.viewers using dropped where stream_id = dropped.id
        ), requests as (
            delete from sse_streaming.requests using dropped where stream_id = dropped.id
        )
        select bytes, pg_notify('{NotificationPayload.Channel}', $2), pg_notify('{NotificationPayload.Channel}', $3) from dropped
        """;

    // Nodes of older versions close streams, but not their requests.
    private const string DropUnusedRequests =
        """
        delete from sse_streaming.requests as r
        where not exists (select from sse_streaming.streams as s where s.id = r.stream_id and s.ending is null)
        """;

    /// <summary>
    /// Drops the streams that were closed first, if that is at least a time ago: a number of streams, or as many as hold a number of
    /// bytes, whichever are more. Returns what it dropped. The retention does not drop those with a time of their own.
    /// </summary>
    public static async ValueTask<(long Streams, long Bytes)> DropClosedAsync(
        NpgsqlConnection connection, TimeSpan closedFor, int minStreams, long minBytes, bool isRetention, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(DropClosed,
            PostgreSqlCommands.Parameter(closedFor), PostgreSqlCommands.Parameter(MaxStreams), PostgreSqlCommands.Parameter(MaxBlocks),
            PostgreSqlCommands.Parameter(minStreams), PostgreSqlCommands.Parameter(minBytes), PostgreSqlCommands.Parameter(isRetention));
        command.CommandTimeout = TimeoutSeconds;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Drops the blocks of an open stream of this node before a sequence; returns how many bytes that freed.</summary>
    public static async ValueTask<long> TrimAsync(
        NpgsqlConnection connection, Guid streamKey, Guid ownerId, long before, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(TrimOpen,
            PostgreSqlCommands.Parameter(streamKey), PostgreSqlCommands.Parameter(ownerId), PostgreSqlCommands.Parameter(before),
            PostgreSqlCommands.Parameter(PostgreSqlCapacity.BlockOverhead));
        return await command.ExecuteScalarAsync(cancellationToken) is long freed ? freed : 0;
    }

    /// <summary>Drops those streams of this node that have nothing but their first event.</summary>
    public static async ValueTask<int> DropUnusedAsync(
        NpgsqlConnection connection, Guid[] streamKeys, Guid ownerId, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(DropUnused, PostgreSqlCommands.Parameter(streamKeys), PostgreSqlCommands.Parameter(ownerId));
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Drops a stream, open or closed, and notifies the other nodes; returns how many bytes that freed, null without the stream.</summary>
    public static async ValueTask<long?> ForgetAsync(
        NpgsqlConnection connection, StreamId streamId, string nodeTag, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(Lock, PostgreSqlCommands.Parameter(streamId.ToUuid()));
        batch.Add(Forget,
            PostgreSqlCommands.Parameter(streamId.ToUuid()),
            PostgreSqlCommands.Parameter(NotificationPayload.FormatForgotten(nodeTag, streamId)),
            // Nodes of older versions know only this one, after which they ask the database for the stream.
            PostgreSqlCommands.Parameter(NotificationPayload.FormatAppended(nodeTag, [streamId]).Single()));
        batch.Timeout = TimeoutSeconds;
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : null;
    }

    public static async ValueTask<int> RenewAsync(
        NpgsqlConnection connection, StreamId streamId, DateTimeOffset expires, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(
            "update sse_streaming.streams set expires = $2 where id = $1 and expires is not null",
            PostgreSqlCommands.Parameter(streamId.ToUuid()), PostgreSqlCommands.Parameter(expires.UtcDateTime));
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async ValueTask<IReadOnlyList<StreamId>> FindExpiredAsync(
        NpgsqlConnection connection, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(
            "select id from sse_streaming.streams where expires <= $1 order by expires limit 256", PostgreSqlCommands.Parameter(until.UtcDateTime));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<StreamId>();
        while (await reader.ReadAsync(cancellationToken))
            found.Add(reader.GetGuid(0).ToStreamId());
        return found;
    }

    /// <summary>Drops the requests of streams that are closed or no longer exist.</summary>
    public static async ValueTask<int> DropUnusedRequestsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(DropUnusedRequests);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
