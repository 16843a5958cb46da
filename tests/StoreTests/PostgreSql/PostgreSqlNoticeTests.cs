using SseStreaming.Application.Cluster;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

[TestFixture]
internal sealed class PostgreSqlNoticeTests : PostgreSqlClusterFixture
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Append_OnOneNode_WakesASubscriberOnTheOther()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        using var subscription = other.Signal.Subscribe(head.Id, Limit, live: null, CancellationToken.None);
        Assert.That(await other.HotStore.ReadTextsAsync(head.Id), Is.Empty);

        await owner.Store.AppendedAsync(Events.Segments(head, 2, "a"));

        Assert.That(await subscription.WaitAsync(), Is.EqualTo(WaitOutcome.Notified));
        Assert.That(await other.HotStore.ReadTextsAsync(head.Id), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task Forget_OnOneNode_DropsTheStreamFromTheMemoryOfTheOther_AndWakesItsReaders([Values] bool isOwner)
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = Events.Head() with { Properties = "{}" };
        await owner.HotStore.CreateAsync(head, Events.Started(head), [1], CancellationToken.None);
        await owner.HotStore.AppendedAsync(Events.Segments(head, 2, "a"));
        Assert.That(await other.HotStore.ReadTextsAsync(head.Id), Is.EqualTo(["a"]));
        await other.Cluster.ReportViewersAsync(head.Id, 1, CancellationToken.None);
        var (forgetting, informed) = isOwner ? (owner, other) : (other, owner);
        using var subscription = informed.Signal.Subscribe(head.Id, Limit, live: null, CancellationToken.None);

        await forgetting.HotStore.ForgetAsync(head.Id, CancellationToken.None);

        Assert.That(await subscription.WaitAsync(), Is.EqualTo(WaitOutcome.Notified));
        Assert.That(await informed.HotStore.ReadAsync(head.Id, 0, CancellationToken.None), Is.Null);
        Assert.That(await informed.HotStore.FindAsync(head.Id, CancellationToken.None), Is.Null);
        Assert.That(await owner.HotStore.AppendAsync(Events.Segments(head, 3, "b"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        foreach (var table in (string[])["streams", "blocks", "requests", "properties", "viewers"])
            Assert.That(await PostgreSqlServer.ExecuteAsync(Database, $"select count(*) from sse_streaming.{table}"), Is.Zero, table);
    }

    [Test]
    public async Task Append_ToMoreStreamsThanOnePayloadHolds_NotifiesOfEach()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var heads = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => owner.Store.OpenStreamAsync()));

        await Task.WhenAll(heads.Select(head => owner.Store.AppendedAsync(Events.Segments(head, 2, "a"))));

        await Eventually.Happens(() => other.RemoteAppends.Streams.ToHashSet().SetEquals(heads.Select(head => head.Id)), "all streams were announced");
        Assert.That(owner.RemoteAppends.Streams, Is.Empty, "a node ignores its own notifications");
    }

    [Test]
    public async Task RequestStop_NotifiesOnlyTheOwner()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();

        await other.Cluster.RequestStopAsync(head.Id, CancellationToken.None);

        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner got a notice");
        Assert.That(owner.Notices, Is.EqualTo([new ClusterNotice(ClusterNoticeKind.StopRequested, head.Id)]));
        Assert.That(other.Notices, Is.Empty);
    }

    [Test]
    public async Task RequestStop_OfAClosedOrUnknownStream_NotifiesNoNode()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var closed = await owner.Store.OpenStreamAsync();
        await owner.Store.AppendedAsync(Events.End(closed, 2));
        var open = await owner.Store.OpenStreamAsync();

        await other.Cluster.RequestStopAsync(closed.Id, CancellationToken.None);
        await other.Cluster.RequestStopAsync(StreamId.New(), CancellationToken.None);
        await other.Cluster.RequestStopAsync(open.Id, CancellationToken.None);

        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner got a notice of the open stream");
        Assert.That(owner.Notices.Select(notice => notice.StreamId), Is.EqualTo([open.Id]));
    }

    [Test]
    public async Task ReportViewers_CountsOnTheOtherNodes_AndNotifiesTheOwner()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();

        await other.Cluster.ReportViewersAsync(head.Id, 3, CancellationToken.None);
        await owner.Cluster.ReportViewersAsync(head.Id, 5, CancellationToken.None);

        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.EqualTo(3));
        Assert.That(await other.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.EqualTo(5));
        await Eventually.Happens(() => owner.Notices.Contains(new(ClusterNoticeKind.ViewersChanged, head.Id)), "the owner got a notice");
        await other.Cluster.ReportViewersAsync(head.Id, 0, CancellationToken.None);
        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.Zero);
    }

    [Test]
    public async Task ReportViewers_ManyAtOnce_KeepsTheLastCount()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();

        await Task.WhenAll(Enumerable.Range(1, 200).Select(count => other.Cluster.ReportViewersAsync(head.Id, count, CancellationToken.None).AsTask()));

        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.EqualTo(200));
    }

    [Test]
    public async Task ViewersOfARemovedNode_DoNotCount_AndTheOwnerIsNotified([Values] bool leaves)
    {
        var owner = await StartTakerAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        await other.Cluster.ReportViewersAsync(head.Id, 3, CancellationToken.None);
        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner got a notice of the viewers");
        owner.Notices.Clear();

        if (leaves)
        {
            await other.Cluster.LeaveAsync(TimeSpan.Zero, CancellationToken.None);
        }
        else
        {
            await AgeLeaseAsync(other, TimeSpan.FromMinutes(6));
            await owner.Cluster.TakeOverAsync(CancellationToken.None);
        }

        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner got a notice of the loss");
        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.Zero);
    }

    [Test]
    public async Task ViewersOfANodeThatLeft_CountUntilTheyHadTimeToReconnect()
    {
        var owner = await StartTakerAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        await other.Cluster.ReportViewersAsync(head.Id, 3, CancellationToken.None);
        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner got a notice of the viewers");
        owner.Notices.Clear();
        Assert.That(await owner.Cluster.HasOthersAsync(CancellationToken.None), Is.True);

        await other.Cluster.LeaveAsync(TimeSpan.FromSeconds(2), CancellationToken.None);

        await owner.Cluster.TakeOverAsync(CancellationToken.None);
        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.EqualTo(3));
        Assert.That(owner.Notices, Is.Empty);
        await Eventually.Happens(async () => !await owner.Cluster.HasOthersAsync(CancellationToken.None), "the time has passed");
        await owner.Cluster.TakeOverAsync(CancellationToken.None);
        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.Zero);
        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner got a notice of the loss");
    }

    [Test]
    public async Task Leave_WithoutViewers_RemovesTheNode()
    {
        var leaving = await StartNodeAsync();
        var other = await StartNodeAsync();

        await leaving.Cluster.LeaveAsync(TimeSpan.FromMinutes(1), CancellationToken.None);

        Assert.That(await other.Cluster.HasOthersAsync(CancellationToken.None), Is.False);
    }

    [Test]
    public async Task Renew_OfALostLease_ReportsTheViewersAgain()
    {
        var owner = await StartTakerAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        await other.Cluster.ReportViewersAsync(head.Id, 3, CancellationToken.None);
        await AgeLeaseAsync(other, TimeSpan.FromMinutes(6));
        await owner.Cluster.TakeOverAsync(CancellationToken.None);

        await other.Cluster.RenewAsync(CancellationToken.None);

        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.EqualTo(3));
    }

    [Test]
    public async Task ListeningConnection_ThatIsKilled_IsReplaced_AndNothingIsMissed()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        var missed = (owner.RemoteAppends.MissedCount, other.RemoteAppends.MissedCount);
        Assert.That(await other.HotStore.ReadTextsAsync(head.Id), Is.Empty);
        using var subscription = other.Signal.Subscribe(head.Id, Limit, live: null, CancellationToken.None);

        // The listeners are found by their last query. Notifications right after this reach no node.
        var killed = await PostgreSqlServer.ExecuteAsync(Database,
            """
            select count(pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and query like '%stop_requested and ending is null'
            """);
        Assert.That(killed, Is.EqualTo(2));
        await owner.Store.AppendedAsync(Events.Segments(head, 2, "a"));
        await other.Cluster.RequestStopAsync(head.Id, CancellationToken.None);

        Assert.That(await subscription.WaitAsync(), Is.EqualTo(WaitOutcome.Notified));
        await Eventually.Happens(async () => (await other.HotStore.ReadTextsAsync(head.Id)).Length == 1, "the reader got the event");
        await Eventually.Happens(() => owner.Notices.Contains(new(ClusterNoticeKind.StopRequested, head.Id)), "the owner got the stop request");
        await Eventually.Happens(
            () => owner.RemoteAppends.MissedCount > missed.Item1 && other.RemoteAppends.MissedCount > missed.Item2, "both listen again");
        owner.RemoteAppends.Streams.Clear();
        var another = await other.Store.OpenStreamAsync();
        await other.Store.AppendedAsync(Events.Segments(another, 2, "b"));
        await Eventually.Happens(() => owner.RemoteAppends.Streams.Contains(another.Id), "notifications arrive again");
    }
}
