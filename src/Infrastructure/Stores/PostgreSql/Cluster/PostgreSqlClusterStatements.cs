using Npgsql;
using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Stores.PostgreSql.Reading;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

internal static class PostgreSqlClusterStatements
{
    // One taker at a time: each sees what the one before it did. That is what gives a stream to exactly one of them.
    private const string Serialize = "select pg_advisory_xact_lock(hashtext('sse_streaming.take_over'))";

    // Only who held its own lease without a break for as long as a lease lasts may say that others are gone. After an outage of
    // the database everybody has lapsed, and everybody gets that long to renew.
    private const string RemoveDead =
        $"""
        with dead as (
            delete from sse_streaming.nodes
            where lease_until < now()
                and exists (select from sse_streaming.nodes as me where me.id = $1 and me.lease_until >= now() and me.since <= now() - $2)
            returning id
        ), unseen as (
            delete from sse_streaming.viewers using dead where node_id = dead.id returning stream_id
        )
        select {NotifyOwner} from unseen as v join sse_streaming.streams as s on s.id = v.stream_id where s.ending is null
        """;

    // What is just being written is left for the next call, so that this never waits for a writer that waits for it.
    private const string TakeOver =
        """
        update sse_streaming.streams set owner = $1, taken_over = true, stop_requested = false
        where exists (select from sse_streaming.nodes where id = $1)
            and id in (
                select id from sse_streaming.streams as s
                where ending is null and not exists (select from sse_streaming.nodes as n where n.id = s.owner)
                for update skip locked)
        """;

    private const string FindTaken =
        "select " + PostgreSqlStreamRow.Columns + " from sse_streaming.streams where owner = $1 and taken_over and ending is null order by created";

    private const string Others =
        "select exists (select from sse_streaming.nodes where id <> $1 and lease_until >= now())";

    // The lease is left to run out with the viewers' time, and is removed then like that of any node that is gone.
    private const string LeaveViewers =
        """
        update sse_streaming.nodes set lease_until = now() + $2
        where id = $1 and exists (select from sse_streaming.viewers where node_id = $1)
        """;

    private const string Leave =
        $"""
        with unseen as (
            delete from sse_streaming.viewers where node_id = $1 returning stream_id
        ), gone as (
            delete from sse_streaming.nodes where id = $1
        )
        select {NotifyOwner} from unseen as v join sse_streaming.streams as s on s.id = v.stream_id where s.ending is null
        """;

    private const string RequestStop =
        $"""
        with asked as (
            update sse_streaming.streams set stop_requested = true where id = $1 and ending is null and owner <> $2 returning id, owner
        )
        select pg_notify('{NotificationPayload.Channel}', '{NotificationPayload.StopPrefix}' || owner || ':' || id) from asked
        """;

    private const string ReportViewers =
        $"""
        with given as materialized (
            select * from unnest($2::uuid[], $3::integer[]) as g (stream_id, count)
        ), gone as (
            delete from sse_streaming.viewers as v using given as g where v.stream_id = g.stream_id and v.node_id = $1 and g.count = 0
        ), come as (
            insert into sse_streaming.viewers (stream_id, node_id, count) select stream_id, $1, count from given where count > 0
            on conflict (stream_id, node_id) do update set count = excluded.count
        )
        select {NotifyOwner} from given as v join sse_streaming.streams as s on s.id = v.stream_id where s.ending is null and s.owner <> $1
        """;

    // A node counts until it has been removed. Its lease alone would say that it is gone when only the database was away.
    private const string Count =
        """
        select coalesce(sum(count), 0)::integer from sse_streaming.viewers
        where stream_id = $1 and node_id <> $2 and node_id in (select id from sse_streaming.nodes)
        """;

    private const string FindToStop =
        "select id from sse_streaming.streams where owner = $1 and stop_requested and ending is null";

    private const string FindOpen = "select id from sse_streaming.streams where owner = $1 and ending is null";

    private const string NotifyOwner =
        $"pg_notify('{NotificationPayload.Channel}', '{NotificationPayload.ViewersPrefix}' || s.owner || ':' || s.id)";

    public static async ValueTask<IReadOnlyList<StreamRecord>> TakeOverAsync(
        NpgsqlConnection connection, Guid me, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(Serialize);
        batch.Add(RemoveDead, PostgreSqlCommands.Parameter(me), PostgreSqlCommands.Parameter(lease));
        batch.Add(TakeOver, PostgreSqlCommands.Parameter(me));
        batch.Add(FindTaken, PostgreSqlCommands.Parameter(me));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        // The update gives no result set.
        await reader.NextResultAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var taken = new List<StreamRecord>();
        while (await reader.ReadAsync(cancellationToken))
            taken.Add(PostgreSqlStreamRow.Read(reader));
        return taken;
    }

    public static async ValueTask<bool> HasOthersAsync(NpgsqlConnection connection, Guid me, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(Others, PostgreSqlCommands.Parameter(me));
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async ValueTask<int> LeaveAsync(
        NpgsqlConnection connection, Guid me, TimeSpan viewersOnTheirWay, CancellationToken cancellationToken) =>
        viewersOnTheirWay > TimeSpan.Zero
            && await ExecuteAsync(connection, LeaveViewers, cancellationToken, PostgreSqlCommands.Parameter(me), PostgreSqlCommands.Parameter(viewersOnTheirWay)) is var left and > 0
            ? left
            : await ExecuteAsync(connection, Leave, cancellationToken, PostgreSqlCommands.Parameter(me));

    public static ValueTask<int> RequestStopAsync(NpgsqlConnection connection, Guid stream, Guid me, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, RequestStop, cancellationToken, PostgreSqlCommands.Parameter(stream), PostgreSqlCommands.Parameter(me));

    /// <summary>Replaces what this node said before of the viewers that these streams have here.</summary>
    public static ValueTask<int> ReportViewersAsync(
        NpgsqlConnection connection, Guid me, Guid[] streams, int[] counts, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, ReportViewers, cancellationToken, PostgreSqlCommands.Parameter(me), PostgreSqlCommands.Parameter(streams), PostgreSqlCommands.Parameter(counts));

    public static async ValueTask<int> CountViewersAsync(NpgsqlConnection connection, Guid stream, Guid me, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(Count, PostgreSqlCommands.Parameter(stream), PostgreSqlCommands.Parameter(me));
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The open streams of a node that somebody asked to stop.</summary>
    public static ValueTask<IReadOnlyList<Guid>> FindToStopAsync(NpgsqlConnection connection, Guid me, CancellationToken cancellationToken) =>
        FindAsync(connection, FindToStop, me, cancellationToken);

    public static ValueTask<IReadOnlyList<Guid>> FindOpenAsync(NpgsqlConnection connection, Guid me, CancellationToken cancellationToken) =>
        FindAsync(connection, FindOpen, me, cancellationToken);

    private static async ValueTask<IReadOnlyList<Guid>> FindAsync(
        NpgsqlConnection connection, string sql, Guid me, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(sql, PostgreSqlCommands.Parameter(me));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken))
            found.Add(reader.GetGuid(0));
        return found;
    }

    private static async ValueTask<int> ExecuteAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
