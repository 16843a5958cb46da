using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Stores.PostgreSql;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>What a node gets with the streams of a dead node.</summary>
[TestFixture]
internal sealed class PostgreSqlContinuationTests : PostgreSqlClusterFixture
{
    [Test]
    public async Task TakeOver_ReturnsRequestAndCheckpoint_UntilTheFirstAppend()
    {
        var dead = await StartNodeAsync();
        var taker = await StartTakerAsync();
        var head = await CreateAsync(dead, [1, 2]);
        await AppendedAsync(dead, head, 2, [3]);
        await AgeLeaseAsync(dead, LongerThanALease);

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var taken = (await taker.Cluster.TakeOverAsync(CancellationToken.None)).Single();
            Assert.That((taken.Request, taken.Checkpoint, taken.TakeOvers, taken.IsStopRequested), Is.EqualTo((new byte[] { 1, 2 }, new byte[] { 3 }, 1, false)));
            Assert.That(taken.Record, Is.EqualTo(new StreamRecord(head, new(1, 2, false), null, 1, 1)));
        }

        await AppendedAsync(taker, head, 3, checkpoint: null);
        Assert.That(await taker.Cluster.TakeOverAsync(CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task TakeOver_TakesALimitedNumber()
    {
        var dead = await StartNodeAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => dead.Store.OpenStreamAsync()));
        var takers = new[] { await StartTakerAsync(), await StartTakerAsync() };
        await AgeLeaseAsync(dead, LongerThanALease);

        Assert.That(await takers[0].Cluster.TakeOverAsync(CancellationToken.None), Has.Count.EqualTo(16));
        Assert.That(await takers[1].Cluster.TakeOverAsync(CancellationToken.None), Has.Count.EqualTo(16));
        Assert.That(await takers[0].Cluster.TakeOverAsync(CancellationToken.None), Has.Count.EqualTo(24));
        Assert.That(await takers[1].Cluster.TakeOverAsync(CancellationToken.None), Has.Count.EqualTo(16), "none is left");
    }

    [Test]
    public async Task TakeOvers_CountDeadNodes_UntilASegment()
    {
        var node = await StartNodeAsync();
        var head = await CreateAsync(node, [1]);
        for (var expected = 1; expected <= 3; expected++)
        {
            node = await KillAndTakeOverAsync(node, head, expected);
            await node.Store.SaveCheckpointAsync(head.Id, [(byte)expected], CancellationToken.None);
        }

        await AppendedAsync(node, head, 2, checkpoint: null);

        await KillAndTakeOverAsync(node, head, expectedCount: 1);
    }

    [Test]
    public async Task RequestStop_WhileTheOwnerIsDead_IsKeptForTheTaker()
    {
        var dead = await StartNodeAsync();
        var other = await StartNodeAsync();
        var taker = await StartTakerAsync();
        var head = await CreateAsync(dead, [1]);
        await AgeLeaseAsync(dead, LongerThanALease);
        await dead.DisposeAsync();

        await other.Cluster.RequestStopAsync(head.Id, CancellationToken.None);

        Assert.That((await taker.Cluster.TakeOverAsync(CancellationToken.None)).Single().IsStopRequested, Is.True);
    }

    [Test]
    public async Task RequestStop_OnTheTaker_BeforeItsFirstAppend_IsNotLost()
    {
        var dead = await StartNodeAsync();
        var taker = await StartTakerAsync();
        var head = await CreateAsync(dead, [1]);
        await AgeLeaseAsync(dead, LongerThanALease);
        await taker.Cluster.TakeOverAsync(CancellationToken.None);

        await taker.Cluster.RequestStopAsync(head.Id, CancellationToken.None);

        await Eventually.Happens(() => taker.Notices.Any(notice => notice.StreamId == head.Id), "the taker got a notice");
        Assert.That((await taker.Cluster.TakeOverAsync(CancellationToken.None)).Single().IsStopRequested, Is.True);
    }

    [Test]
    public async Task SaveCheckpoint_OfAStreamOfAnotherNode_IsRefused()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await CreateAsync(owner, [1]);
        await AppendedAsync(owner, head, 2, [1]);

        Assert.That(await other.Store.SaveCheckpointAsync(head.Id, [2], CancellationToken.None), Is.EqualTo(AppendResult.Refused));

        Assert.That(await PostgreSqlServer.ExecuteAsync(Database, "select checkpoint from sse_streaming.streams"), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public async Task DropExpired_DropsRequestsOfStreamsThatAreClosedOrGone()
    {
        var node = await StartNodeAsync();
        var (open, closed, gone) = (await CreateAsync(node, [1]), await CreateAsync(node, [2]), await CreateAsync(node, [3]));
        // As nodes do that don't know of requests.
        await PostgreSqlServer.ExecuteAsync(Database, $"update sse_streaming.streams set ending = 4, closed_at = now() where id = '{closed.Id.ToUuid()}'");
        await PostgreSqlServer.ExecuteAsync(Database, $"delete from sse_streaming.streams where id = '{gone.Id.ToUuid()}'");

        await node.Store.DropExpiredAsync(CancellationToken.None);

        Assert.That(await PostgreSqlServer.ExecuteAsync(Database, "select array_agg(stream_id) from sse_streaming.requests"), Is.EqualTo(new[] { open.Id.ToUuid() }));
    }

    [Test]
    public async Task Writes_CountTheirRequestsAndCheckpoints_InTheSizeOfTheirGroup_NotInTheSizeOfTheStore()
    {
        var node = await StartNodeAsync();
        using var measured = new Measurements(node.Meters);
        var before = await PostgreSqlServer.ExecuteAsync(Database, "select coalesce(sum(bytes), 0)::bigint from sse_streaming.streams");
        Assert.That(before, Is.Zero);

        var heads = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => CreateAsync(node, new byte[1024 * 1024])));

        Assert.That(measured.Get("sse_streaming.store.group.writes").Select(group => group.Value), Is.All.LessThanOrEqualTo(4));
        Assert.That((long)(await PostgreSqlServer.ExecuteAsync(Database, "select sum(bytes)::bigint from sse_streaming.streams"))!, Is.LessThan(heads.Length * 10_000));
    }

    private async Task<PostgreSqlNode> KillAndTakeOverAsync(PostgreSqlNode killed, StreamHead head, int expectedCount)
    {
        var taker = await StartTakerAsync();
        await AgeLeaseAsync(killed, LongerThanALease);
        var taken = (await taker.Cluster.TakeOverAsync(CancellationToken.None)).Single();
        Assert.That((taken.Record.Head, taken.TakeOvers), Is.EqualTo((head, expectedCount)));
        return taker;
    }
}
