using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Moq;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Application.Cluster;

internal sealed class ClusterMemberTests
{
    private readonly GenerationFixture _fixture = new();
    private readonly TimerSpy _time = new();
    private readonly Mock<IStreamCluster> _cluster = new();
    private readonly Channel<ClusterNotice> _notices = Channel.CreateUnbounded<ClusterNotice>();
    private readonly ConcurrentQueue<IReadOnlyList<StreamRecord>> _orphans = new();
    private readonly LogSpy<ClusterMember> _log = new();
    private ClusterMember _member = null!;

    [SetUp]
    public void SetUp()
    {
        _cluster.Setup(cluster => cluster.TakeOverAsync(It.IsAny<CancellationToken>())).ReturnsAsync(() => _orphans.TryDequeue(out var orphans)
            ? [.. orphans.Select(record => new TakenStream(record, Request: null, Checkpoint: null, TakeOvers: 1, IsStopRequested: false))]
            : []);
        _cluster.Setup(cluster => cluster.ListenAsync(It.IsAny<CancellationToken>())).Returns((CancellationToken token) => Listen(token));
        _member = new ClusterMember(
            _cluster.Object, _fixture.CreateTakeOver(_cluster.Object, _log), _fixture.Runner, _fixture.Viewers, _fixture.Drain,
            MsOptions.Create(_fixture.Options), _time, _log);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _member.StopAsync(CancellationToken.None).Soon();
        _member.Dispose();
    }

    [Test]
    public async Task Start_ClosesWhatWasLeftOpenAsInterrupted()
    {
        var streamId = await OrphanAsync("Lorem");
        using var measured = new Measurements(_fixture.Meters);

        await _member.StartAsync(CancellationToken.None).Soon();

        Assert.That(measured.GetSum("sse_streaming.terminal_events", ("sse_streaming.ending", "failed"), ("sse_streaming.reason", "interrupted")), Is.EqualTo(1));
        var record = (await _fixture.Store.FindAsync(streamId, CancellationToken.None))!;
        Assert.That((record.Ending, record.Segments), Is.EqualTo(((EventKind?)EventKind.Failed, 1L)));
        var end = (await _fixture.Store.ReadAsync(streamId, record.Extent.Last - 1, CancellationToken.None))!.Value;
        Assert.That(EventData.ReadReason(end[0]), Is.EqualTo(ProblemTypes.Interrupted));
    }

    [Test]
    public async Task Start_RenewsTheLeaseBeforeItTakesOverStreams()
    {
        var calls = new List<string>();
        _cluster.Setup(cluster => cluster.RenewAsync(It.IsAny<CancellationToken>())).Callback(() => calls.Add("renew"));
        _cluster.Setup(cluster => cluster.TakeOverAsync(It.IsAny<CancellationToken>())).Callback(() => calls.Add("take over")).ReturnsAsync([]);

        await _member.StartAsync(CancellationToken.None).Soon();

        Assert.That(calls.Take(2), Is.EqualTo(new[] { "renew", "take over" }));
    }

    [Test]
    public async Task Lease_IsRenewedThreeTimesInItsSpan()
    {
        var renewals = 0;
        _cluster.Setup(cluster => cluster.RenewAsync(It.IsAny<CancellationToken>())).Callback(() => Interlocked.Increment(ref renewals));
        await _member.StartAsync(CancellationToken.None).Soon();
        await _time.TimersAsync(1);

        for (var expected = 2; expected <= 4; expected++)
        {
            _time.Advance(_fixture.Options.Lease / 3);
            var atLeast = expected;
            await Waiting.Until(() => Volatile.Read(ref renewals) >= atLeast, "the lease was renewed");
        }
    }

    [Test]
    public async Task Lease_ThatCouldNotBeRenewed_IsTriedAgain()
    {
        _cluster.SetupSequence(cluster => cluster.RenewAsync(It.IsAny<CancellationToken>()))
            .Returns(default(ValueTask))
            .Throws(Faults.StoreDown)
            .Returns(default(ValueTask));
        await _member.StartAsync(CancellationToken.None).Soon();

        await Waiting.Until(
            () =>
            {
                _time.Advance(_fixture.Options.Lease / 3);
                return _cluster.Invocations.Count(call => call.Method.Name == nameof(IStreamCluster.RenewAsync)) >= 3;
            },
            "the lease was renewed after the fault");

        Assert.That(_log.Lines.Select(line => line.Exception), Is.All.Null);
    }

    [Test]
    public async Task Orphan_OfANodeThatDiesLater_IsClosedToo()
    {
        await _member.StartAsync(CancellationToken.None).Soon();
        var streamId = await OrphanAsync("Lorem");

        await Waiting.Until(
            () =>
            {
                _time.Advance(_fixture.Options.Lease / 3);
                return _fixture.Store.FindAsync(streamId, CancellationToken.None).AsTask().Result!.Ending is not null;
            },
            "the orphan was closed");
    }

    [Test]
    public async Task StopThatAnotherNodeAskedFor_StopsTheGeneration()
    {
        await _member.StartAsync(CancellationToken.None).Soon();
        var streamId = await _fixture.StartAsync(Generators.Waiting("Lorem"));

        await _notices.Writer.WriteAsync(new ClusterNotice(ClusterNoticeKind.StopRequested, StreamId.New()));
        await _notices.Writer.WriteAsync(new ClusterNotice(ClusterNoticeKind.StopRequested, streamId));

        Assert.That((await _fixture.EndOf(streamId)).Reason, Is.EqualTo("requested"));
    }

    [Test]
    public async Task Viewers_AreReportedAsTheyAreAtLast()
    {
        var reports = Channel.CreateUnbounded<(StreamId, int)>();
        _cluster.Setup(cluster => cluster.ReportViewersAsync(It.IsAny<StreamId>(), It.IsAny<int>(), It.IsAny<CancellationToken>()))
            .Callback((StreamId streamId, int count, CancellationToken _) => reports.Writer.TryWrite((streamId, count)));
        await _member.StartAsync(CancellationToken.None).Soon();
        var streamId = StreamId.New();

        using (_fixture.Viewers.Register(streamId, static _ => { }))
        {
            _member.ViewersChanged(streamId);
            Assert.That(await reports.Reader.ReadAsync().Soon(), Is.EqualTo((streamId, 1)));
        }
        _member.ViewersChanged(streamId);

        Assert.That(await reports.Reader.ReadAsync().Soon(), Is.EqualTo((streamId, 0)));
    }

    [Test]
    public async Task Viewers_ThatCouldNotBeReported_AreReportedLater()
    {
        var reports = 0;
        _cluster.Setup(cluster => cluster.ReportViewersAsync(It.IsAny<StreamId>(), 0, It.IsAny<CancellationToken>()))
            .Returns(() => ++reports < 3 ? throw Faults.StoreDown : default);
        await _member.StartAsync(CancellationToken.None).Soon();

        _member.ViewersChanged(StreamId.New());

        await Waiting.Until(
            () =>
            {
                _time.Advance(_fixture.Options.Lease);
                return Volatile.Read(ref reports) == 3;
            },
            "the viewers were reported");
    }

    [Test]
    public async Task Viewers_WhoComeDuringAReport_DoNotWaitForTime()
    {
        var reports = Channel.CreateUnbounded<StreamId>();
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _cluster.Setup(cluster => cluster.ReportViewersAsync(It.IsAny<StreamId>(), 0, It.IsAny<CancellationToken>()))
            .Returns((StreamId streamId, int _, CancellationToken _) =>
            {
                reports.Writer.TryWrite(streamId);
                return new ValueTask(answer.Task);
            });
        await _member.StartAsync(CancellationToken.None).Soon();
        _member.ViewersChanged(StreamId.New());
        await reports.Reader.ReadAsync().Soon();
        var later = StreamId.New();

        _member.ViewersChanged(later);
        answer.SetResult();

        Assert.That(await reports.Reader.ReadAsync().Soon(), Is.EqualTo(later));
    }

    [Test]
    public async Task Stop_SoonAfterARedirect_ReportsTheUnreportedViewers()
    {
        var reports = 0;
        _cluster.Setup(cluster => cluster.ReportViewersAsync(It.IsAny<StreamId>(), 0, It.IsAny<CancellationToken>()))
            .Returns(() => ++reports == 1 ? throw Faults.StoreDown : default);
        await _member.StartAsync(CancellationToken.None).Soon();
        _member.ViewersChanged(StreamId.New());
        await Waiting.Until(() => Volatile.Read(ref reports) == 1, "the store was down");
        _fixture.Drain.RedirectViewer();

        await _member.StopAsync(CancellationToken.None).Soon();

        Assert.That(reports, Is.EqualTo(2));
    }

    [Test]
    public async Task Stop_EndsTheLease()
    {
        await _member.StartAsync(CancellationToken.None).Soon();

        await _member.StopAsync(CancellationToken.None).Soon();

        _cluster.Verify(cluster => cluster.LeaveAsync(TimeSpan.Zero, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Test]
    public async Task Stop_SoonAfterARedirect_KeepsTheViewersCounted()
    {
        await _member.StartAsync(CancellationToken.None).Soon();
        _fixture.Drain.RedirectViewer();
        _fixture.Time.Advance(TimeSpan.FromSeconds(3));

        await _member.StopAsync(CancellationToken.None).Soon();

        _cluster.Verify(cluster => cluster.LeaveAsync(TimeSpan.FromSeconds(5), It.IsAny<CancellationToken>()), Times.Once);
    }

    [Test]
    public async Task Stop_ThatExceedsTheHostTimeout_IsNoFault()
    {
        using var hostGivesUp = new CancellationTokenSource();
        _cluster.SetupSequence(cluster => cluster.LeaveAsync(It.IsAny<TimeSpan>(), It.IsAny<CancellationToken>()))
            .Returns(new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, _time, hostGivesUp.Token)))
            .Returns(default(ValueTask));
        await _member.StartAsync(CancellationToken.None).Soon();
        var stop = _member.StopAsync(hostGivesUp.Token);

        await hostGivesUp.CancelAsync();

        await stop.Soon();
        Assert.That(_log.Lines, Is.Empty);
    }

    [Test]
    public async Task Others_WhoCannotBeAskedFor_AreNone()
    {
        _cluster.Setup(cluster => cluster.HasOthersAsync(It.IsAny<CancellationToken>())).ThrowsAsync(new StoreUnavailableException("Gone.", new IOException()));
        Assert.That(await _member.HasOthersAsync(CancellationToken.None), Is.False);

        _cluster.Setup(cluster => cluster.HasOthersAsync(It.IsAny<CancellationToken>())).ReturnsAsync(true);
        Assert.That(await _member.HasOthersAsync(CancellationToken.None), Is.True);
    }

    private async Task<StreamId> OrphanAsync(string text)
    {
        var streamId = StreamId.New();
        await _fixture.Store.CreateAsync(new StreamHead(streamId, "test", default), EventBatch.Create(streamId, 1, EventData.Started(streamId, "test")), CancellationToken.None);
        await _fixture.Store.AppendAsync(EventBatch.Create(streamId, 2, new StreamEvent(EventKind.Segment, System.Text.Encoding.UTF8.GetBytes(text))), CancellationToken.None);
        _orphans.Enqueue([(await _fixture.Store.FindAsync(streamId, CancellationToken.None))!]);
        return streamId;
    }

    private async IAsyncEnumerable<ClusterNotice> Listen([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var notice in _notices.Reader.ReadAllAsync(cancellationToken))
            yield return notice;
    }
}
