using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.Infrastructure.Stores.PostgreSql;
using SseStreaming.Infrastructure.Stores.PostgreSql.Schema;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>Schema 3, whose nodes continue no stream: an upgrade from it, and its nodes beside new ones.</summary>
[TestFixture]
internal sealed class PostgreSqlUpgradeTests : PostgreSqlClusterFixture
{
    [Test]
    public async Task OpenStream_IsTakenOverWithoutARequest()
    {
        using (var database = new PostgreSqlDatabase(Database, new StoreOutageLog(TimeProvider.System, NullLogger<StoreOutageLog>.Instance)))
        {
            await new PostgreSqlSchemaMigrator(database, [.. PostgreSqlSchemaMigrator.Migrations.Take(3)], NullLogger<PostgreSqlSchemaMigrator>.Instance)
                .MigrateAsync(CancellationToken.None);
        }
        var old = new Version3Node(Database);
        await old.AcquireLeaseAsync();
        var head = Events.Head();
        await old.CreateAsync(head);
        Assert.That(await old.AppendAsync(head, 2), Is.True);

        var node = await StartTakerAsync();
        Assert.That(await node.Cluster.TakeOverAsync(CancellationToken.None), Is.Empty, "the old node lives");
        Assert.That(await old.AppendAsync(head, 3), Is.True, "the old node continues on the new schema");
        await old.ExpireLeaseAsync();

        var taken = (await node.Cluster.TakeOverAsync(CancellationToken.None)).Single();
        Assert.That((taken.Record.Extent.Last, taken.Request, taken.Checkpoint, taken.TakeOvers), Is.EqualTo((3, (byte[]?)null, (byte[]?)null, 1)));
        Assert.That(await old.AppendAsync(head, 4), Is.False);
        await AppendedAsync(node, head, 4, [1]);
        Assert.That(await node.Store.ReadTextsAsync(head.Id), Is.EqualTo(["a", "a", "a"]));
    }

    [Test]
    public async Task OldNode_TakesOverAndCloses_StreamsOfADeadNode()
    {
        var dead = await StartNodeAsync();
        var head = await CreateAsync(dead, [1]);
        await AppendedAsync(dead, head, 2, [1]);
        var old = new Version3Node(Database);
        await old.AcquireLeaseAsync();
        Assert.That(await old.TakeOverAsync(), Is.Empty, "the owner lives");
        await PostgreSqlServer.ExecuteAsync(Database, $"delete from sse_streaming.nodes where id = '{dead.OwnerId}'");

        Assert.That(await old.TakeOverAsync(), Is.EqualTo([head.Id]));
        Assert.That(await old.AppendAsync(head, 3, ending: EventKind.Failed), Is.True);

        Assert.That((await dead.Store.FindAsync(head.Id, CancellationToken.None))!.Ending, Is.EqualTo(EventKind.Failed));
        Assert.That(await dead.Store.AppendAsync(Events.Segments(head, 3, "x"), null, CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        await dead.Store.DropExpiredAsync(CancellationToken.None);
        Assert.That(await PostgreSqlServer.ExecuteAsync(Database, "select count(*) from sse_streaming.requests"), Is.Zero);
    }

    [Test]
    public async Task OldNode_IgnoresHandedOverStreamsOfALivingOwner()
    {
        var leaving = await StartNodeAsync();
        var head = await CreateAsync(leaving, [1]);
        var old = new Version3Node(Database);
        await old.AcquireLeaseAsync();

        await leaving.Cluster.HandOverAsync(head.Id, CancellationToken.None);

        Assert.That(await old.TakeOverAsync(), Is.Empty);
        var next = await StartNodeAsync();
        Assert.That((await next.Cluster.TakeOverAsync(CancellationToken.None)).Single().Record.Head, Is.EqualTo(head));
        Assert.That(await old.TakeOverAsync(), Is.Empty);
    }

    [Test]
    public async Task HandedOverStreamOfADeadOwner_IsClosedByTheOldNode_OrContinuedByTheNewOne_NotBoth([Values] bool newNodeIsFirst)
    {
        var dead = await StartNodeAsync();
        var head = await CreateAsync(dead, [1]);
        var next = await StartNodeAsync();
        var old = new Version3Node(Database);
        await old.AcquireLeaseAsync();
        await dead.Cluster.HandOverAsync(head.Id, CancellationToken.None);
        await PostgreSqlServer.ExecuteAsync(Database, $"delete from sse_streaming.nodes where id = '{dead.OwnerId}'");

        Assert.That(await old.TakeOverAsync(), Is.EqualTo([head.Id]));
        if (newNodeIsFirst)
        {
            Assert.That(await next.Cluster.TakeOverAsync(CancellationToken.None), Has.Count.EqualTo(1));
            Assert.That(await old.AppendAsync(head, 2, ending: EventKind.Failed), Is.False);
            await AppendedAsync(next, head, 2, null);
        }
        else
        {
            Assert.That(await old.AppendAsync(head, 2, ending: EventKind.Failed), Is.True);
            Assert.That(await next.Cluster.TakeOverAsync(CancellationToken.None), Is.Empty);
        }
    }

    /// <summary>Nodes of schemas before 5 know nothing of properties.</summary>
    [Test]
    public async Task StreamThatAnOldNodeDrops_LeavesNoProperties()
    {
        var node = await StartNodeAsync();
        var head = Events.Head() with { Thread = "chat", Properties = "{}" };
        await node.Store.CreateAsync(head, Events.Started(head), request: null, CancellationToken.None);

        await PostgreSqlServer.ExecuteAsync(Database, $"delete from sse_streaming.streams where id = '{head.Id.ToUuid()}'");

        Assert.That(await PostgreSqlServer.ExecuteAsync(Database, "select count(*) from sse_streaming.properties"), Is.Zero);
    }

    /// <summary>The statements of a node of schema 3, unchanged except that the values are in the text.</summary>
    private sealed class Version3Node(string database)
    {
        private readonly Guid _id = Guid.NewGuid();

        public async Task AcquireLeaseAsync() => await PostgreSqlServer.ExecuteAsync(database,
            $"""
            insert into sse_streaming.nodes (id, since, lease_until)
            select '{_id}',
                case when exists (select from sse_streaming.nodes where lease_until >= now()) or pg_postmaster_start_time() > now() - interval '1 hour'
                    then now() else '-infinity' end,
                now() + interval '1 hour'
            on conflict (id) do update set lease_until = excluded.lease_until
            """);

        public async Task ExpireLeaseAsync() =>
            await PostgreSqlServer.ExecuteAsync(database, $"update sse_streaming.nodes set lease_until = now() - interval '1 hour' where id = '{_id}'");

        public async Task CreateAsync(StreamHead head) => await PostgreSqlServer.ExecuteAsync(database,
            $"""
            with given as materialized (
                select * from unnest('{Array(head.Id.ToUuid())}'::uuid[], '{Array("2026-01-02 03:04:05Z")}'::timestamptz[], '{Array(head.Source)}'::text[],
                    '{Array("null")}'::text[], '{Array("null")}'::text[], '{Array(1)}'::bigint[], '{Array(0)}'::bigint[], '{Array(0)}'::bigint[],
                    '{Array(600)}'::bigint[], array['\x00027b7d'::bytea], '{Array("null")}'::text[], '{Array("false")}'::boolean[])
                    as g (id, created, source, idem_key, idem_digest, last, segments, characters, bytes, data, subject, shared)
            ), created as (
                insert into sse_streaming.streams
                    (id, owner, created, first, last, segments, characters, bytes, source, idem_key, idem_digest, subject, shared)
                select id, '{_id}', created, 1, last, segments, characters, bytes, source, idem_key, idem_digest, subject, shared from given
                where exists (select from sse_streaming.nodes where id = '{_id}')
                on conflict do nothing
                returning id
            ), written as (
                insert into sse_streaming.blocks (stream_id, first, data) select id, 1, data from given join created using (id)
            )
            select id from created
            """);

        /// <summary>Appends the segment "a", or a terminal event; false if it was refused.</summary>
        public async Task<bool> AppendAsync(StreamHead head, long at, EventKind? ending = null)
        {
            var segments = ending is null ? 1 : 0;
            var kind = ending is { } end ? Array((int)end) : Array("null");
            var data = ending is { } last ? $"{(int)last:x2}027b7d" : $"{(int)EventKind.Segment:x2}0161";
            return await PostgreSqlServer.ExecuteAsync(database,
                $"""
                with given as materialized (
                    select * from unnest('{Array(head.Id.ToUuid())}'::uuid[], '{Array(at)}'::bigint[], '{Array(at)}'::bigint[], '{kind}'::smallint[],
                        '{Array(segments)}'::bigint[], '{Array(segments)}'::bigint[], '{Array(100)}'::bigint[], array['\x{data}'::bytea])
                        as g (id, first, last, ending, segments, characters, bytes, data)
                ), appended as (
                    update sse_streaming.streams as s
                    set last = g.last, segments = s.segments + g.segments, characters = s.characters + g.characters, bytes = s.bytes + g.bytes,
                        ending = g.ending, closed_at = case when g.ending is not null then now() end
                    from given as g
                    where s.id = g.id and s.owner = '{_id}' and s.last = g.first - 1 and s.ending is null
                    returning s.id
                ), written as (
                    insert into sse_streaming.blocks (stream_id, first, data) select id, first, data from given join appended using (id)
                )
                select id from appended
                """) is Guid;
        }

        /// <summary>Takes over, and returns the streams to close.</summary>
        public async Task<StreamId[]> TakeOverAsync()
        {
            await PostgreSqlServer.ExecuteAsync(database,
                $"""
                update sse_streaming.streams set owner = '{_id}', taken_over = true, stop_requested = false
                where exists (select from sse_streaming.nodes where id = '{_id}')
                    and id in (
                        select id from sse_streaming.streams as s
                        where ending is null and not exists (select from sse_streaming.nodes as n where n.id = s.owner)
                        for update skip locked)
                """);
            return await PostgreSqlServer.ExecuteAsync(database,
                $"select array_agg(id) from sse_streaming.streams where owner = '{_id}' and taken_over and ending is null") is Guid[] ids
                ? [.. ids.Select(id => id.ToStreamId())]
                : [];
        }

        private static string Array<T>(T value) => string.Create(CultureInfo.InvariantCulture, $"{{{value}}}");
    }
}
