using SseStreaming.Application.Cluster;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

[TestFixture]
internal sealed class NoticeTests : TwoNodes
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Append_OnOneNode_WakesASubscriberOnTheOther()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        using var subscription = other.Signal.Subscribe(head.Id, Limit, CancellationToken.None);
        Assert.That(await other.HotStore.ReadTextsAsync(head.Id), Is.Empty);

        await owner.Store.AppendedAsync(Events.Segments(head, 2, "a"));

        Assert.That(await subscription.WaitAsync(), Is.True);
        Assert.That(await other.HotStore.ReadTextsAsync(head.Id), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task Append_ToMoreStreamsThanOnePayloadHolds_IsHeardForEach()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var heads = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => owner.Store.OpenStreamAsync()));

        await Task.WhenAll(heads.Select(head => owner.Store.AppendedAsync(Events.Segments(head, 2, "a"))));

        await Eventually.Happens(() => other.Heard.Streams.ToHashSet().SetEquals(heads.Select(head => head.Id)), "all were heard of");
        Assert.That(owner.Heard.Streams, Is.Empty, "a node does not hear itself");
    }

    [Test]
    public async Task RequestStop_ReachesTheOwner_AndOnlyIt()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();

        await other.Cluster.RequestStopAsync(head.Id, CancellationToken.None);

        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner heard");
        Assert.That(owner.Notices, Is.EqualTo([new ClusterNotice(ClusterNoticeKind.StopRequested, head.Id)]));
        Assert.That(other.Notices, Is.Empty);
    }

    [Test]
    public async Task RequestStop_OfAClosedOrUnknownStream_IsNothing()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var closed = await owner.Store.OpenStreamAsync();
        await owner.Store.AppendedAsync(Events.End(closed, 2));
        var open = await owner.Store.OpenStreamAsync();

        await other.Cluster.RequestStopAsync(closed.Id, CancellationToken.None);
        await other.Cluster.RequestStopAsync(StreamId.New(), CancellationToken.None);
        await other.Cluster.RequestStopAsync(open.Id, CancellationToken.None);

        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner heard of the open one");
        Assert.That(owner.Notices.Select(notice => notice.StreamId), Is.EqualTo([open.Id]));
    }

    [Test]
    public async Task ReportViewers_IsCountedElsewhere_AndTheOwnerIsTold()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();

        await other.Cluster.ReportViewersAsync(head.Id, 3, CancellationToken.None);
        await owner.Cluster.ReportViewersAsync(head.Id, 5, CancellationToken.None);

        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.EqualTo(3));
        Assert.That(await other.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.EqualTo(5));
        await Eventually.Happens(() => owner.Notices.Contains(new(ClusterNoticeKind.ViewersChanged, head.Id)), "the owner was told");
        await other.Cluster.ReportViewersAsync(head.Id, 0, CancellationToken.None);
        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.Zero);
    }

    [Test]
    public async Task ReportViewers_ManyAtOnce_TheLastOneStands()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();

        await Task.WhenAll(Enumerable.Range(1, 200).Select(count => other.Cluster.ReportViewersAsync(head.Id, count, CancellationToken.None).AsTask()));

        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.EqualTo(200));
    }

    [Test]
    public async Task ViewersOfANodeThatIsGone_CountNoMore_AndTheOwnerIsTold([Values] bool leaves)
    {
        var owner = await StartEldestAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        await other.Cluster.ReportViewersAsync(head.Id, 3, CancellationToken.None);
        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner was told that they came");
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

        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner was told that they are gone");
        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.Zero);
    }

    [Test]
    public async Task ViewersOfANodeThatLeft_CountAsLongAsTheyAreOnTheirWay()
    {
        var owner = await StartEldestAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        await other.Cluster.ReportViewersAsync(head.Id, 3, CancellationToken.None);
        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner was told that they came");
        owner.Notices.Clear();
        Assert.That(await owner.Cluster.HasOthersAsync(CancellationToken.None), Is.True);

        await other.Cluster.LeaveAsync(TimeSpan.FromSeconds(2), CancellationToken.None);

        await owner.Cluster.TakeOverAsync(CancellationToken.None);
        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.EqualTo(3));
        Assert.That(owner.Notices, Is.Empty);
        await Eventually.Happens(async () => !await owner.Cluster.HasOthersAsync(CancellationToken.None), "the time was over");
        await owner.Cluster.TakeOverAsync(CancellationToken.None);
        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.Zero);
        await Eventually.Happens(() => !owner.Notices.IsEmpty, "the owner was told that they are gone");
    }

    [Test]
    public async Task Leave_WithoutViewers_LeavesNothingBehind()
    {
        var leaving = await StartNodeAsync();
        var other = await StartNodeAsync();

        await leaving.Cluster.LeaveAsync(TimeSpan.FromMinutes(1), CancellationToken.None);

        Assert.That(await other.Cluster.HasOthersAsync(CancellationToken.None), Is.False);
    }

    [Test]
    public async Task Renew_OfALostLease_TellsTheViewersAgain()
    {
        var owner = await StartEldestAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        await other.Cluster.ReportViewersAsync(head.Id, 3, CancellationToken.None);
        await AgeLeaseAsync(other, TimeSpan.FromMinutes(6));
        await owner.Cluster.TakeOverAsync(CancellationToken.None);

        await other.Cluster.RenewAsync(CancellationToken.None);

        Assert.That(await owner.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None), Is.EqualTo(3));
    }

    [Test]
    public async Task ListeningConnectionThatIsKilled_IsMadeAnew_AndNothingIsMissed()
    {
        var owner = await StartNodeAsync();
        var other = await StartNodeAsync();
        var head = await owner.Store.OpenStreamAsync();
        var missed = (owner.Heard.MayHaveMissedCount, other.Heard.MayHaveMissedCount);
        Assert.That(await other.HotStore.ReadTextsAsync(head.Id), Is.Empty);
        using var subscription = other.Signal.Subscribe(head.Id, Limit, CancellationToken.None);

        // What the listeners asked last; all that comes right after this goes to nobody.
        var killed = await PostgreSqlServer.ExecuteAsync(Database,
            """
            select count(pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and query like '%stop_requested and ending is null'
            """);
        Assert.That(killed, Is.EqualTo(2));
        await owner.Store.AppendedAsync(Events.Segments(head, 2, "a"));
        await other.Cluster.RequestStopAsync(head.Id, CancellationToken.None);

        Assert.That(await subscription.WaitAsync(), Is.True);
        await Eventually.Happens(async () => (await other.HotStore.ReadTextsAsync(head.Id)).Length == 1, "the reader saw it");
        await Eventually.Happens(() => owner.Notices.Contains(new(ClusterNoticeKind.StopRequested, head.Id)), "the owner heard the request");
        await Eventually.Happens(
            () => owner.Heard.MayHaveMissedCount > missed.Item1 && other.Heard.MayHaveMissedCount > missed.Item2, "both listen anew");
        owner.Heard.Streams.Clear();
        var another = await other.Store.OpenStreamAsync();
        await other.Store.AppendedAsync(Events.Segments(another, 2, "b"));
        await Eventually.Happens(() => owner.Heard.Streams.Contains(another.Id), "it hears again");
    }
}
