using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

[TestFixture]
internal sealed class PostgreSqlTakeOverTests : PostgreSqlClusterFixture
{
    [Test]
    public async Task Append_ToAStreamOfAnotherNode_IsRefused()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();

        Assert.That(await other.Store.AppendAsync(Events.Segments(head, 2, "x"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await other.Store.AppendAsync(Events.End(head, 2), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        await owner.Store.AppendedAsync(Events.Segments(head, 2, "a"));
        Assert.That(await other.Store.ReadTextsAsync(head.Id), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task Append_OfABatchOfAnotherNode_IsNotARepetition()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        await owner.Store.AppendedAsync(Events.Segments(head, 2, "a"));

        Assert.That(await other.Store.AppendAsync(Events.Segments(head, 2, "a"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await owner.Store.AppendAsync(Events.Segments(head, 2, "b"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
    }

    [Test]
    public async Task TakeOver_ByRacingNodes_AssignsEachStreamToOneOfThem()
    {
        var dead = await StartNodeAsync();
        var heads = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => dead.Store.OpenStreamAsync()));
        await dead.Store.AppendedAsync(Events.End(heads[0], 2));
        await dead.Store.AppendedAsync(Events.Segments(heads[1], 2, "abc"));
        var takers = new[] { await StartTakerAsync(), await StartTakerAsync(), await StartTakerAsync() };
        await AgeLeaseAsync(dead, LongerThanALease);

        var taken = await Task.WhenAll(takers.Select(taker => Task.Run(() => TakeAllAsync(taker))));

        Assert.That(taken.SelectMany(streams => streams).Select(stream => stream.Record.Head.Id), Is.EquivalentTo(heads[1..].Select(head => head.Id)));
        Assert.That(taken.SelectMany(streams => streams).Select(stream => stream.Record).Single(record => record.Head == heads[1]),
            Is.EqualTo(new StreamRecord(heads[1], new StreamExtent(1, 2, false), null, 1, 3)));
    }

    [Test]
    public async Task TakeOver_FencesTheOldOwner()
    {
        var dead = await StartNodeAsync();
        var head = await dead.Store.OpenStreamAsync();
        var taker = await StartTakerAsync();
        await AgeLeaseAsync(dead, LongerThanALease);
        await taker.Cluster.TakeOverAsync(CancellationToken.None);

        Assert.That(await dead.Store.AppendAsync(Events.Segments(head, 2, "x"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        await dead.Cluster.RenewAsync(CancellationToken.None);
        Assert.That(await dead.Store.AppendAsync(Events.Segments(head, 2, "x"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        await taker.Store.AppendedAsync(Events.End(head, 2, EventKind.Failed));
        Assert.That((await dead.Store.FindAsync(head.Id, CancellationToken.None))!.Ending, Is.EqualTo(EventKind.Failed));
    }

    [Test]
    public async Task Create_OnANodeThatLostItsLease_TakesANewOne()
    {
        var dead = await StartNodeAsync();
        var taker = await StartTakerAsync();
        var before = dead.OwnerId;
        await AgeLeaseAsync(dead, LongerThanALease);
        await taker.Cluster.TakeOverAsync(CancellationToken.None);

        var head = await dead.Store.OpenStreamAsync();

        await dead.Store.AppendedAsync(Events.Segments(head, 2, "a"));
        Assert.That(dead.OwnerId, Is.Not.EqualTo(before));
        Assert.That(await taker.Cluster.TakeOverAsync(CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task TakeOver_ReturnsAStreamAgainUntilItsFirstAppend()
    {
        var dead = await StartNodeAsync();
        var head = await dead.Store.OpenStreamAsync();
        var taker = await StartTakerAsync();
        await AgeLeaseAsync(dead, LongerThanALease);

        var first = await taker.Cluster.TakeOverAsync(CancellationToken.None);
        var second = await taker.Cluster.TakeOverAsync(CancellationToken.None);
        await taker.Store.AppendedAsync(Events.Segments(head, 2, "a"));
        var third = await taker.Cluster.TakeOverAsync(CancellationToken.None);

        Assert.That((first.Count, second.Count, third.Count), Is.EqualTo((1, 1, 0)));
    }

    [Test]
    public async Task TakeOver_DoesNotAffectALivingNode()
    {
        var owner = await StartNodeAsync();
        await owner.Store.OpenStreamAsync();
        var other = await StartTakerAsync();

        Assert.That(await other.Cluster.TakeOverAsync(CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task TakeOver_NeedsALeaseThatWasHeldForOneLeaseTime()
    {
        var first = await StartNodeAsync();
        await first.Store.OpenStreamAsync();
        // Both leases expired, as after an outage of the database, and this node is the first to renew.
        var second = await StartTakerAsync();
        await AgeLeaseAsync(first, LongerThanALease);
        await AgeLeaseAsync(second, LongerThanALease);
        await second.Cluster.RenewAsync(CancellationToken.None);

        Assert.That(await second.Cluster.TakeOverAsync(CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task Renew_OfAnExpiredLeaseThatWasNotTakenOver_KeepsTheStreams()
    {
        var owner = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        var before = owner.OwnerId;
        await AgeLeaseAsync(owner, LongerThanALease);

        await owner.Cluster.RenewAsync(CancellationToken.None);

        Assert.That(owner.OwnerId, Is.EqualTo(before));
        await owner.Store.AppendedAsync(Events.Segments(head, 2, "a"));
    }

    [Test]
    public async Task TakeOver_ByTheOnlyNode_AfterARestart_IsImmediate()
    {
        var before = await StartNodeAsync(Lease);
        var head = await before.Store.OpenStreamAsync();
        await before.DisposeAsync();
        await Eventually.Happens(async () => (bool)(await PostgreSqlServer.ExecuteAsync(Database,
            "select bool_and(lease_until < now()) and pg_postmaster_start_time() < now() - interval '1 second' from sse_streaming.nodes"))!,
            "the lease of the first process expired");

        var after = await StartNodeAsync(Lease);

        Assert.That((await after.Cluster.TakeOverAsync(CancellationToken.None)).Select(stream => stream.Record.Head), Is.EqualTo([head]));
    }

    [Test]
    public async Task TakeOver_OfAKilledNode_TakesAboutTheLeaseTime()
    {
        var other = await StartNodeAsync(Lease);
        other.KeepLease(Lease / 3);
        var killed = await StartNodeAsync(Lease);
        killed.KeepLease(Lease / 3);
        await killed.Store.OpenStreamAsync();
        // Both have held their leases for longer than a lease time.
        await Task.Delay(Lease * 1.5, TimeProvider.System);
        Assert.That(await other.Cluster.TakeOverAsync(CancellationToken.None), Is.Empty);

        var since = TimeProvider.System.GetTimestamp();
        await killed.DisposeAsync();
        await Eventually.Happens(
            async () => (await other.Cluster.TakeOverAsync(CancellationToken.None)).Count == 1, "the stream was taken over");

        Assert.That(TimeProvider.System.GetElapsedTime(since), Is.LessThan(Lease * 3));
    }

    [Test]
    public async Task Leave_LetsOthersTakeOverOpenStreamsAtOnce()
    {
        var leaving = await StartNodeAsync();
        var head = await leaving.Store.OpenStreamAsync();
        var other = await StartNodeAsync();

        await leaving.Cluster.LeaveAsync(TimeSpan.Zero, CancellationToken.None);

        Assert.That((await other.Cluster.TakeOverAsync(CancellationToken.None)).Select(stream => stream.Record.Head), Is.EqualTo([head]));
        Assert.That(await leaving.Store.AppendAsync(Events.Segments(head, 2, "x"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
    }

    [Test]
    public async Task Create_WithOneKeyOnTwoNodesAtOnce_CreatesOneStream()
    {
        PostgreSqlNode[] nodes = [await StartNodeAsync(), await StartNodeAsync()];
        for (var round = 0; round < 20; round++)
        {
            var heads = Enumerable.Range(0, 8).Select(_ => Events.Head($"key {round}")).ToList();

            var results = await Task.WhenAll(heads.Select((head, i) =>
                Task.Run(() => nodes[i % 2].Store.CreateAsync(head, Events.Started(head), CancellationToken.None).AsTask())));

            var created = results.Index().Single(result => result.Item.Outcome == CreateOutcome.Created).Index;
            Assert.That(results.Where(result => result.Outcome != CreateOutcome.Created),
                Is.All.EqualTo(new CreateResult(CreateOutcome.Exists, heads[created])));
        }
    }
}
