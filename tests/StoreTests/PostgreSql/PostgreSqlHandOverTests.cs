using SseStreaming.Application.Cluster;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

[TestFixture]
internal sealed class PostgreSqlHandOverTests : PostgreSqlClusterFixture
{
    private static readonly ClusterNotice HandedOver = new(ClusterNoticeKind.StreamsHandedOver, default);

    [Test]
    public async Task HandOver_NotifiesEveryOtherNode_AndOneTakesTheStream()
    {
        var leaving = await StartNodeAsync();
        var others = new[] { await StartNodeAsync(), await StartNodeAsync() };
        var head = await CreateAsync(leaving, [1]);
        await AppendedAsync(leaving, head, 2, [2]);

        await leaving.Cluster.HandOverAsync(head.Id, CancellationToken.None);

        await Eventually.Happens(() => others.All(other => other.Notices.Contains(HandedOver)), "the others got a notice");
        Assert.That(leaving.Notices, Is.Empty);
        Assert.That(await leaving.Cluster.TakeOverAsync(CancellationToken.None), Is.Empty, "a node does not take back its own stream");
        Assert.That(await leaving.Cluster.CountHandedOverAsync(CancellationToken.None), Is.EqualTo(1));
        var taken = (await others[0].Cluster.TakeOverAsync(CancellationToken.None)).Single();
        Assert.That((taken.Request, taken.Checkpoint, taken.TakeOvers, taken.IsStopRequested), Is.EqualTo((new byte[] { 1 }, new byte[] { 2 }, 0, false)));
        Assert.That(await others[1].Cluster.TakeOverAsync(CancellationToken.None), Is.Empty);
        Assert.That(await leaving.Cluster.CountHandedOverAsync(CancellationToken.None), Is.Zero);
        await AppendedAsync(others[0], head, 3, [3]);
        Assert.That(await others[1].Store.ReadTextsAsync(head.Id), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task HandOver_FencesTheOldOwner()
    {
        var leaving = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await CreateAsync(leaving, [1]);
        await AppendedAsync(leaving, head, 2, [1]);

        await leaving.Cluster.HandOverAsync(head.Id, CancellationToken.None);

        await AssertIsFencedAsync();
        await AppendedAsync(leaving, head, 2, [1]);
        Assert.That((await other.Cluster.TakeOverAsync(CancellationToken.None)).Single().Checkpoint, Is.EqualTo(new byte[] { 1 }));
        await AssertIsFencedAsync();

        async Task AssertIsFencedAsync()
        {
            Assert.That(await leaving.Store.AppendAsync(Events.Segments(head, 3, "x"), [2], CancellationToken.None), Is.EqualTo(AppendResult.Refused));
            Assert.That(await leaving.Store.AppendAsync(Events.End(head, 3), null, CancellationToken.None), Is.EqualTo(AppendResult.Refused));
            Assert.That(await leaving.Store.SaveCheckpointAsync(head.Id, [2], CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        }
    }

    [Test]
    public async Task HandOver_OfAStreamOfAnotherNode_OrAClosedOne_ChangesNothing()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var open = await CreateAsync(owner, [1]);
        var closed = await CreateAsync(owner, [1]);
        await owner.Store.AppendedAsync(Events.End(closed, 2));

        await other.Cluster.HandOverAsync(open.Id, CancellationToken.None);
        await owner.Cluster.HandOverAsync(closed.Id, CancellationToken.None);

        Assert.That(await owner.Cluster.CountHandedOverAsync(CancellationToken.None), Is.Zero);
        Assert.That(await other.Cluster.TakeOverAsync(CancellationToken.None), Is.Empty);
        await AppendedAsync(owner, open, 2, null);
    }

    [Test]
    public async Task TakeOver_OfHandedOverStreams_ByRacingNodes_AssignsEachToOneOfThem()
    {
        var leaving = await StartNodeAsync();
        var heads = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => CreateAsync(leaving, [1])));
        var takers = new[] { await StartNodeAsync(), await StartNodeAsync() };

        var handOvers = Task.WhenAll(heads.Select(head => leaving.Cluster.HandOverAsync(head.Id, CancellationToken.None).AsTask()));
        var taking = takers.Select(taker => Task.Run(async () =>
        {
            var taken = new HashSet<StreamId>();
            await Eventually.Happens(async () =>
            {
                taken.UnionWith((await TakeAllAsync(taker)).Select(stream => stream.Record.Head.Id));
                return handOvers.IsCompletedSuccessfully && await leaving.Cluster.CountHandedOverAsync(CancellationToken.None) == 0;
            }, "all streams were taken");
            return taken;
        })).ToList();
        var taken = await Task.WhenAll(taking);

        Assert.That(taken.SelectMany(streamIds => streamIds), Is.EquivalentTo(heads.Select(head => head.Id)));
    }

    [Test]
    public async Task HandOver_IsNoCrash_HoweverOften()
    {
        var nodes = new[] { await StartNodeAsync(), await StartNodeAsync() };
        var head = await CreateAsync(nodes[0], [1]);
        for (var i = 0; i < 5; i++)
        {
            await nodes[i % 2].Cluster.HandOverAsync(head.Id, CancellationToken.None);
            Assert.That((await nodes[(i + 1) % 2].Cluster.TakeOverAsync(CancellationToken.None)).Single().TakeOvers, Is.Zero);
        }
    }

    [Test]
    public async Task RequestStop_BetweenHandOverAndTakeOver_IsKeptForTheTaker([Values] bool onTheOldOwner)
    {
        var leaving = await StartNodeAsync();
        var taker = await StartNodeAsync();
        var head = await CreateAsync(leaving, [1]);
        await leaving.Cluster.HandOverAsync(head.Id, CancellationToken.None);

        await (onTheOldOwner ? leaving : taker).Cluster.RequestStopAsync(head.Id, CancellationToken.None);

        Assert.That((await taker.Cluster.TakeOverAsync(CancellationToken.None)).Single().IsStopRequested, Is.True);
    }

    [Test]
    public async Task HandOverTarget_DependsOnTheOtherNodes()
    {
        var leaving = await StartNodeAsync();
        Assert.That(await leaving.Cluster.FindHandOverTargetAsync(CancellationToken.None), Is.EqualTo(HandOverTarget.NextNode));

        await PostgreSqlServer.ExecuteAsync(Database,
            "insert into sse_streaming.nodes (id, since, lease_until) values (gen_random_uuid(), now(), now() + interval '1 hour')");
        Assert.That(await leaving.Cluster.FindHandOverTargetAsync(CancellationToken.None), Is.EqualTo(HandOverTarget.None), "an older node");

        var other = await StartNodeAsync();
        Assert.That(await leaving.Cluster.FindHandOverTargetAsync(CancellationToken.None), Is.EqualTo(HandOverTarget.OtherNode));

        await AgeLeaseAsync(other, LongerThanALease);
        Assert.That(await leaving.Cluster.FindHandOverTargetAsync(CancellationToken.None), Is.EqualTo(HandOverTarget.None), "a dead node");
    }

    [Test]
    public async Task HandOverTarget_IsNoNodeThatHasLeft_AlthoughItsViewersCount()
    {
        var leaving = await StartNodeAsync();
        var left = await StartNodeAsync();
        await left.Cluster.ReportViewersAsync((await CreateAsync(leaving, null)).Id, 1, CancellationToken.None);

        await left.Cluster.LeaveAsync(TimeSpan.FromMinutes(5), CancellationToken.None);

        Assert.That(await leaving.Cluster.FindHandOverTargetAsync(CancellationToken.None), Is.EqualTo(HandOverTarget.NextNode));
    }

    [Test]
    public async Task HandOver_WithoutAnotherNode_IsTakenByTheNextOne_WhichIsNotified([Values] bool withViewers)
    {
        var leaving = await StartNodeAsync();
        var head = await CreateAsync(leaving, [1]);
        if (withViewers)
            await leaving.Cluster.ReportViewersAsync(head.Id, 1, CancellationToken.None);
        await leaving.Cluster.HandOverAsync(head.Id, CancellationToken.None);
        // With viewers its lease holds on.
        await leaving.Cluster.LeaveAsync(TimeSpan.FromMinutes(5), CancellationToken.None);
        Assert.That(await PostgreSqlServer.ExecuteAsync(Database, "select count(*) from sse_streaming.nodes"), Is.EqualTo(withViewers ? 1 : 0));

        var next = await StartNodeAsync();

        await Eventually.Happens(() => next.Notices.Contains(HandedOver), "the catch-up of the listener found it");
        Assert.That((await next.Cluster.TakeOverAsync(CancellationToken.None)).Single().TakeOvers, Is.Zero);
        await AppendedAsync(next, head, 2, null);
    }

    [Test]
    public async Task HandedOverStream_WhoseOwnerDies_IsTaken_AndIsNoCrash()
    {
        var dying = await StartNodeAsync();
        var taker = await StartTakerAsync();
        var head = await CreateAsync(dying, [1]);
        await dying.Cluster.HandOverAsync(head.Id, CancellationToken.None);
        await AgeLeaseAsync(dying, LongerThanALease);
        await dying.DisposeAsync();

        Assert.That((await taker.Cluster.TakeOverAsync(CancellationToken.None)).Single().TakeOvers, Is.Zero);
    }
}
