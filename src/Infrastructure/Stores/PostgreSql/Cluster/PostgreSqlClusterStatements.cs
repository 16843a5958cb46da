using Npgsql;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.PostgreSql.Reading;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

internal static class PostgreSqlClusterStatements
{
    /// <summary>Streams that one call takes over at most, so that all nodes get some of those that a node hands over.</summary>
    private const int MaxTaken = 16;

    // A lease that had expired, and that no other node took over, is renewed; but it was interrupted.
    private const string RenewLease =
        """
        update sse_streaming.nodes
        set since = case when lease_until < now() then now() else since end, lease_until = now() + $2
        where id = $1
        """;

    // A node without living others may take over at once, as if it had held its lease forever. Right after the database itself started,
    // the others may only not have renewed their leases yet.
    private const string AcquireLease =
        """
        insert into sse_streaming.nodes (id, version, since, lease_until)
        select $1, 1,
            case when exists (select from sse_streaming.nodes where lease_until >= now()) or pg_postmaster_start_time() > now() - $2
                then now() else '-infinity' end,
            now() + $2
        on conflict (id) do update set lease_until = excluded.lease_until
        """;

    // One node at a time takes over, and sees what the one before it took: so exactly one of them gets a stream.
    private const string Serialize = "select pg_advisory_xact_lock(hashtext('sse_streaming.take_over'))";

    // Only a node that has held its own lease for a whole lease time may remove others. After an outage of the database all leases have
    // expired, and all nodes get that time to renew theirs.
    private const string RemoveExpired =
        $"""
        with expired as (
            delete from sse_streaming.nodes
            where lease_until < now()
                and exists (select from sse_streaming.nodes as own where own.id = $1 and own.lease_until >= now() and own.since <= now() - $2)
            returning id
        ), lost as (
            delete from sse_streaming.viewers using expired where node_id = expired.id returning stream_id
        )
        select {NotifyOwner} from lost as v join sse_streaming.streams as s on s.id = v.stream_id where s.ending is null
        """;

    // A row that is being written is left to the next call, because that writer may be waiting for this transaction. Materialized, so that
    // the limit holds: a join could run a subquery more than once.
    private const string TakeOver =
        """
        with found as materialized (
            select id from sse_streaming.streams
            where ending is null
                and exists (select from sse_streaming.nodes where id = $1)
                and ((handed_over and owner <> $1) or owner not in (select id from sse_streaming.nodes))
            limit $2
            for update skip locked
        )
        update sse_streaming.streams as s
        set owner = $1, taken_over = true, handed_over = false, take_overs = case when handed_over then 0 else take_overs + 1 end
        from found where s.id = found.id
        """;

    private const string FindTakenOver =
        $"""
        select {PostgreSqlStreamRow.Columns}, data, checkpoint, take_overs, stop_requested
        from sse_streaming.streams left join sse_streaming.requests on stream_id = id
        where owner = $1 and taken_over and ending is null
        order by created
        """;

    // The former owner is notified, so that it asks the database for the stream from now on.
    private const string Take =
        $"""
        with taken as (
            update sse_streaming.streams set owner = $2, handed_over = false, taken_over = false, take_overs = 0
            where id = $1 and source = '{ExternalSource.Name}' and ending is null and exists (select from sse_streaming.nodes where id = $2)
            returning id
        )
        select pg_notify('{NotificationPayload.Channel}', $3) from taken
        """;

    private const string FindTaken =
        $"""
        select {PostgreSqlStreamRow.Columns}, null, checkpoint, take_overs, stop_requested, owner
        from sse_streaming.streams where id = $1 and source = '{ExternalSource.Name}'
        """;

    private const string HandOver =
        $"""
        with handed_over as (
            update sse_streaming.streams set handed_over = true, taken_over = false where id = $1 and owner = $2 and ending is null returning id
        )
        select pg_notify('{NotificationPayload.Channel}', '{NotificationPayload.HandedOverPrefix}' || $3) from handed_over
        """;

    private const string CountHandedOver =
        "select count(*)::integer from sse_streaming.streams where owner = $1 and handed_over and ending is null";

    private const string HasHandedOver =
        "select exists (select from sse_streaming.streams where owner <> $1 and handed_over and ending is null)";

    // A node that has left takes nothing over, although its lease may still hold for its viewers.
    private const string CountOthers =
        """
        select count(*), count(*) filter (where version >= 1) from sse_streaming.nodes
        where id <> $1 and lease_until >= now() and version >= 0
        """;

    private const string HasOthers =
        "select exists (select from sse_streaming.nodes where id <> $1 and lease_until >= now())";

    // The viewers of a node that leaves count until they have had time to reconnect; then its lease has expired and is removed. A negative
    // version marks that it has left.
    private const string LeaveWithViewers =
        """
        update sse_streaming.nodes set lease_until = now() + $2, version = -1
        where id = $1 and exists (select from sse_streaming.viewers where node_id = $1)
        """;

    private const string Leave =
        $"""
        with lost as (
            delete from sse_streaming.viewers where node_id = $1 returning stream_id
        ), removed as (
            delete from sse_streaming.nodes where id = $1
        )
        select {NotifyOwner} from lost as v join sse_streaming.streams as s on s.id = v.stream_id where s.ending is null
        """;

    // Also of a stream of the requesting node: no generation runs there if the node has handed the stream over, or has just taken it.
    private const string RequestStop =
        $"""
        with requested as (
            update sse_streaming.streams set stop_requested = true where id = $1 and ending is null returning id, owner
        )
        select pg_notify('{NotificationPayload.Channel}', '{NotificationPayload.StopPrefix}' || owner || ':' || id) from requested
        """;

    private const string ReportViewers =
        $"""
        with given as materialized (
            select * from unnest($2::uuid[], $3::integer[]) as g (stream_id, count)
        ), removed as (
            delete from sse_streaming.viewers as v using given as g where v.stream_id = g.stream_id and v.node_id = $1 and g.count = 0
        ), written as (
            insert into sse_streaming.viewers (stream_id, node_id, count) select stream_id, $1, count from given where count > 0
            on conflict (stream_id, node_id) do update set count = excluded.count
        )
        select {NotifyOwner} from given as v join sse_streaming.streams as s on s.id = v.stream_id where s.ending is null and s.owner <> $1
        """;

    // A node counts until it is removed, because an outage of the database alone makes leases expire.
    private const string CountViewers =
        """
        select coalesce(sum(count), 0)::integer from sse_streaming.viewers
        where stream_id = $1 and node_id <> $2 and node_id in (select id from sse_streaming.nodes)
        """;

    private const string FindToStop =
        "select id from sse_streaming.streams where owner = $1 and stop_requested and ending is null";

    private const string FindOpen = "select id from sse_streaming.streams where owner = $1 and ending is null";

    private const string NotifyOwner =
        $"pg_notify('{NotificationPayload.Channel}', '{NotificationPayload.ViewersPrefix}' || s.owner || ':' || s.id)";

    /// <summary>Renews a lease; false if it has been lost.</summary>
    public static async ValueTask<bool> RenewLeaseAsync(
        NpgsqlConnection connection, Guid ownerId, TimeSpan lease, CancellationToken cancellationToken) =>
        await ExecuteAsync(
            connection, RenewLease, cancellationToken, PostgreSqlCommands.Parameter(ownerId), PostgreSqlCommands.Parameter(lease)) > 0;

    public static ValueTask<int> AcquireLeaseAsync(
        NpgsqlConnection connection, Guid ownerId, TimeSpan lease, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, AcquireLease, cancellationToken, PostgreSqlCommands.Parameter(ownerId), PostgreSqlCommands.Parameter(lease));

    public static async ValueTask<IReadOnlyList<TakenStream>> TakeOverAsync(
        NpgsqlConnection connection, Guid ownerId, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(Serialize);
        batch.Add(RemoveExpired, PostgreSqlCommands.Parameter(ownerId), PostgreSqlCommands.Parameter(lease));
        batch.Add(TakeOver, PostgreSqlCommands.Parameter(ownerId), PostgreSqlCommands.Parameter(MaxTaken));
        batch.Add(FindTakenOver, PostgreSqlCommands.Parameter(ownerId));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        // The update has no result set.
        await reader.NextResultAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var taken = new List<TakenStream>();
        while (await reader.ReadAsync(cancellationToken))
            taken.Add(PostgreSqlStreamRow.ReadTaken(reader));
        return taken;
    }

    /// <summary>Makes a node the owner of a stream, and returns it; the owner of an open stream is another one if the node has lost its lease.</summary>
    public static async ValueTask<(TakenStream Stream, Guid OwnerId)?> TakeAsync(
        NpgsqlConnection connection, StreamId streamId, Guid ownerId, string nodeTag, CancellationToken cancellationToken)
    {
        var streamKey = streamId.ToUuid();
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(Take,
            PostgreSqlCommands.Parameter(streamKey), PostgreSqlCommands.Parameter(ownerId),
            PostgreSqlCommands.Parameter(NotificationPayload.FormatAppended(nodeTag, [streamId]).Single()));
        batch.Add(FindTaken, PostgreSqlCommands.Parameter(streamKey));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (PostgreSqlStreamRow.ReadTaken(reader), reader.GetGuid(PostgreSqlStreamRow.TakenColumnCount))
            : null;
    }

    /// <summary>Offers an open stream of a node to the other nodes.</summary>
    public static ValueTask<int> HandOverAsync(
        NpgsqlConnection connection, Guid streamKey, Guid ownerId, string nodeTag, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, HandOver, cancellationToken,
            PostgreSqlCommands.Parameter(streamKey), PostgreSqlCommands.Parameter(ownerId), PostgreSqlCommands.Parameter(nodeTag));

    /// <summary>The number of streams that a node has handed over, and that no other node has taken yet.</summary>
    public static async ValueTask<int> CountHandedOverAsync(NpgsqlConnection connection, Guid ownerId, CancellationToken cancellationToken) =>
        (int)(await ScalarAsync(connection, CountHandedOver, cancellationToken, PostgreSqlCommands.Parameter(ownerId)))!;

    /// <summary>True if other nodes have handed over streams that no node has taken yet.</summary>
    public static async ValueTask<bool> HasHandedOverAsync(NpgsqlConnection connection, Guid ownerId, CancellationToken cancellationToken) =>
        (bool)(await ScalarAsync(connection, HasHandedOver, cancellationToken, PostgreSqlCommands.Parameter(ownerId)))!;

    public static async ValueTask<HandOverTarget> FindHandOverTargetAsync(NpgsqlConnection connection, Guid ownerId, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(CountOthers, PostgreSqlCommands.Parameter(ownerId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetInt64(0) == 0 ? HandOverTarget.NextNode
            : reader.GetInt64(1) == 0 ? HandOverTarget.None
            : HandOverTarget.OtherNode;
    }

    public static async ValueTask<bool> HasOthersAsync(NpgsqlConnection connection, Guid ownerId, CancellationToken cancellationToken) =>
        (bool)(await ScalarAsync(connection, HasOthers, cancellationToken, PostgreSqlCommands.Parameter(ownerId)))!;

    public static async ValueTask<int> LeaveAsync(
        NpgsqlConnection connection, Guid ownerId, TimeSpan reconnectWindow, CancellationToken cancellationToken) =>
        reconnectWindow > TimeSpan.Zero
            && await ExecuteAsync(
                connection, LeaveWithViewers, cancellationToken,
                PostgreSqlCommands.Parameter(ownerId), PostgreSqlCommands.Parameter(reconnectWindow)) is var rows and > 0
            ? rows
            : await ExecuteAsync(connection, Leave, cancellationToken, PostgreSqlCommands.Parameter(ownerId));

    public static ValueTask<int> RequestStopAsync(NpgsqlConnection connection, Guid streamKey, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, RequestStop, cancellationToken, PostgreSqlCommands.Parameter(streamKey));

    /// <summary>Replaces this node's counts of the viewers of these streams.</summary>
    public static ValueTask<int> ReportViewersAsync(
        NpgsqlConnection connection, Guid ownerId, Guid[] streamKeys, int[] counts, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, ReportViewers, cancellationToken,
            PostgreSqlCommands.Parameter(ownerId), PostgreSqlCommands.Parameter(streamKeys), PostgreSqlCommands.Parameter(counts));

    public static async ValueTask<int> CountViewersAsync(
        NpgsqlConnection connection, Guid streamKey, Guid ownerId, CancellationToken cancellationToken) =>
        (int)(await ScalarAsync(
            connection, CountViewers, cancellationToken, PostgreSqlCommands.Parameter(streamKey), PostgreSqlCommands.Parameter(ownerId)))!;

    /// <summary>The open streams of a node whose stop was requested.</summary>
    public static ValueTask<IReadOnlyList<Guid>> FindToStopAsync(NpgsqlConnection connection, Guid ownerId, CancellationToken cancellationToken) =>
        FindAsync(connection, FindToStop, ownerId, cancellationToken);

    public static ValueTask<IReadOnlyList<Guid>> FindOpenAsync(NpgsqlConnection connection, Guid ownerId, CancellationToken cancellationToken) =>
        FindAsync(connection, FindOpen, ownerId, cancellationToken);

    private static async ValueTask<IReadOnlyList<Guid>> FindAsync(
        NpgsqlConnection connection, string sql, Guid ownerId, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(sql, PostgreSqlCommands.Parameter(ownerId));
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

    private static async ValueTask<object?> ScalarAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
