using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.Infrastructure.Stores.PostgreSql;
using SseStreaming.Infrastructure.Stores.PostgreSql.Retention;
using SseStreaming.Infrastructure.Stores.PostgreSql.Writing;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

[TestFixture]
internal sealed class PostgreSqlStatementTests : PostgreSqlClusterFixture
{
    [Test]
    public async Task Write_ThatFails_DoesNotFailTheOthersOfItsGroup()
    {
        var node = await StartNodeAsync();
        // A text of PostgreSQL can't contain NUL.
        var bad = Events.Head("\0");
        var good = Enumerable.Range(0, 50).Select(i => Events.Head($"key {i}")).ToList();
        var creates = good.Select(head => node.Store.CreateAsync(head, Events.Started(head), CancellationToken.None).AsTask()).ToList();
        var failing = node.Store.CreateAsync(bad, Events.Started(bad), CancellationToken.None).AsTask();
        creates.Add(node.Store.CreateAsync(good[0] with { Id = StreamId.New() }, Events.Started(good[0]), CancellationToken.None).AsTask());

        var results = await Task.WhenAll(creates);

        await Assert.ThrowsAsync<PostgresException>(() => failing);
        Assert.That(results.Take(50).Select(result => result.Outcome), Is.All.EqualTo(CreateOutcome.Created));
        Assert.That(results[50], Is.EqualTo(new CreateResult(CreateOutcome.Exists, good[0])));
    }

    [Test]
    public async Task AppendsOfOneStreamAtOnce_AreWrittenInOrder()
    {
        var node = await StartNodeAsync();
        var head = await node.Store.OpenStreamAsync();

        await Task.WhenAll(Enumerable.Range(2, 20).Select(i => node.Store.AppendedAsync(Events.Segments(head, i, $"{i}"))));

        Assert.That(await node.Store.ReadTextsAsync(head.Id), Is.EqualTo(Enumerable.Range(2, 20).Select(i => $"{i}")));
    }

    [Test]
    public async Task Trim_DropsTheOldestBlocks_AndPositionsBeforeThemExpire()
    {
        var node = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await node.Store.OpenStreamAsync();
        await node.Store.AppendedAsync(Events.Segments(head, 2, "a", "b"));
        await node.Store.AppendedAsync(Events.Segments(head, 4, "c", "d"));
        await node.Store.AppendedAsync(Events.Segments(head, 6, "e"));

        await other.PostgreSqlStore.TrimAsync(head.Id, 6, CancellationToken.None);
        Assert.That((await node.Store.FindAsync(head.Id, CancellationToken.None))!.Extent.First, Is.EqualTo(1), "only the owner trims a stream");
        await node.PostgreSqlStore.TrimAsync(head.Id, 5, CancellationToken.None);

        Assert.That((await node.Store.FindAsync(head.Id, CancellationToken.None))!.Extent, Is.EqualTo(new StreamExtent(4, 6, false)));
        Assert.That(await node.Store.ReadAsync(head.Id, 2, CancellationToken.None), Is.Null);
        Assert.That(await node.Store.ReadTextsAsync(head.Id, 3), Is.EqualTo(["c", "d", "e"]));
        await node.PostgreSqlStore.TrimAsync(head.Id, 1000, CancellationToken.None);
        Assert.That(await node.Store.ReadTextsAsync(head.Id, 5), Is.EqualTo(["e"]));
        await node.Store.AppendedAsync(Events.Segments(head, 7, "f"));
    }

    [Test]
    public async Task MissingEvents_AreAnError_NotAGap()
    {
        var node = await StartNodeAsync();
        var head = await node.Store.OpenStreamAsync();
        for (var i = 2; i < 6; i++)
            await node.Store.AppendedAsync(Events.Segments(head, i, "a"));
        await PostgreSqlServer.ExecuteAsync(Database, "delete from sse_streaming.blocks where first = 4");

        await Assert.ThrowsAsync<InvalidDataException>(async () => await node.Store.ReadAsync(head.Id, 0, CancellationToken.None));
    }

    [Test]
    public async Task DropUnused_DropsStreamsWithoutAppends()
    {
        var node = await StartNodeAsync();
        var unused = await node.Store.OpenStreamAsync();
        var used = await node.Store.OpenStreamAsync();
        await node.Store.AppendedAsync(Events.Segments(used, 2, "a"));
        using var database = new PostgreSqlDatabase(Database, new StoreOutageLog(TimeProvider.System, NullLogger<StoreOutageLog>.Instance));

        await database.RunAsync(
            (connection, token) => PostgreSqlRetentionStatements.DropUnusedAsync(connection, [unused.Id.ToUuid(), used.Id.ToUuid()], node.OwnerId!.Value, token),
            CancellationToken.None);

        Assert.That(await node.Store.FindAsync(unused.Id, CancellationToken.None), Is.Null);
        Assert.That(await node.Store.ReadTextsAsync(used.Id), Is.EqualTo(["a"]));
        Assert.That(await PostgreSqlServer.ExecuteAsync(Database, "select count(*) from sse_streaming.blocks"), Is.EqualTo(2));
    }

    [Test]
    public void UnconfirmedCreate_IsAbandonedAfterTheRetryWindow_UnlessItSucceeded()
    {
        var time = new FakeTimeProvider();
        var unconfirmed = new UnconfirmedCreates(time);
        var (lost, repeated) = (Guid.NewGuid(), Guid.NewGuid());
        unconfirmed.Add(lost);
        unconfirmed.Add(repeated);
        Assert.That(unconfirmed.GetAbandoned(), Is.Empty);
        unconfirmed.Remove(repeated);
        time.Advance(TimeSpan.FromMinutes(3));

        Assert.That(unconfirmed.GetAbandoned(), Is.EqualTo([lost]));
    }
}
