using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Sources;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Application.Shutdown;

internal sealed class GracefulShutdownTests
{
    private readonly GenerationFixture _fixture = new(new StreamsOptions { DrainTime = TimeSpan.FromSeconds(20), DrainSpread = TimeSpan.FromSeconds(4), Grace = TimeSpan.FromSeconds(1) });
    private readonly Channel<GeneratedText> _texts = Channel.CreateUnbounded<GeneratedText>();
    private ClusterMember _member = null!;
    private GracefulShutdown _stop = null!;

    [SetUp]
    public void SetUp()
    {
        var options = MsOptions.Create(_fixture.Options);
        _member = new ClusterMember(
            _fixture.Cluster.Object, _fixture.CreateTakeOver(_fixture.Cluster.Object, NullLogger<ClusterMember>.Instance), _fixture.Runner, _fixture.Viewers,
            _fixture.Drain, options, _fixture.Time, NullLogger<ClusterMember>.Instance);
        _stop = new GracefulShutdown(_fixture.Drain, _fixture.Runner, _fixture.Viewers, _member, options, _fixture.Time, NullLogger<GracefulShutdown>.Instance);
    }

    [TearDown]
    public void TearDown() => _member.Dispose();

    [Test]
    public async Task WithoutGenerations_TheDrainEndsAtOnce()
    {
        using var viewer = _fixture.View(StreamId.New());

        await _stop.StoppingAsync(CancellationToken.None).Soon();

        Assert.That(_fixture.Drain.ShutdownToken.IsCancellationRequested, Is.True);
        _fixture.Cluster.Verify(cluster => cluster.HasOthersAsync(It.IsAny<CancellationToken>()), Times.Never);
    }

    [Test]
    public async Task NoTime_ItIsOverAtOnce()
    {
        _fixture.Options.DrainTime = TimeSpan.Zero;
        var streamId = await StartAsync();

        await _stop.StoppingAsync(CancellationToken.None).Soon();

        Assert.That(_fixture.Drain.ShutdownToken.IsCancellationRequested, Is.True);
        Assert.That(_fixture.Runner.Find(streamId)!.Ended.IsCompleted, Is.False, "it is ended by the stop of the runner");
        await EndAsync(streamId);
    }

    [Test]
    public async Task OnlyAStreamWithoutEndRuns_ItIsOverAtOnce()
    {
        var streamId = await _fixture.StartAsync(new SourceDescription("rows", "A test.") { KeepsEvents = 1_000 }, Generators.Waiting("row"));

        await _stop.StoppingAsync(CancellationToken.None).Soon();

        Assert.That(_fixture.Drain.ShutdownToken.IsCancellationRequested, Is.True);
        await EndAsync(streamId);
    }

    [Test]
    public async Task AloneServer_KeepsItsViewers_UntilTheyHaveSeenTheEnd()
    {
        var streamId = await StartAsync();
        var viewer = _fixture.View(streamId);

        var stopping = _stop.StoppingAsync(CancellationToken.None);
        Assert.That(_fixture.Drain.HasBegun, Is.True, "no new generation begins");
        _fixture.Time.Advance(TimeSpan.FromSeconds(19));
        _texts.Writer.TryWrite(GeneratedText.FromString("ipsum"));
        _texts.Writer.Complete();
        var end = await _fixture.EndOf(streamId);
        Assert.That((end.Ending, end.Text), Is.EqualTo((EventKind.Completed, "Lorem ipsum")));
        Assert.That((stopping.IsCompleted, _fixture.Drain.ViewerShutdownToken.IsCancellationRequested), Is.EqualTo((false, false)), "a viewer has not received its terminal event yet");

        viewer.Dispose();
        await stopping.Soon();
        Assert.That(_fixture.Drain.ShutdownToken.IsCancellationRequested, Is.True);
    }

    [Test]
    public async Task TimeIsOver_InterruptsWhatIsLeft_AndKeepsItsText()
    {
        var streamId = await StartAsync();
        await _fixture.ShownAsync(streamId, "Lorem ");
        var stopping = _stop.StoppingAsync(CancellationToken.None);
        _fixture.Time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.That(_fixture.Runner.Unfinished, Has.Count.EqualTo(1));

        _fixture.Time.Advance(TimeSpan.FromSeconds(0.2));

        await stopping.Soon();
        var end = await _fixture.EndOf(streamId);
        Assert.That((end.Ending, end.Reason, end.Text), Is.EqualTo((EventKind.Failed, ProblemTypes.Interrupted, "Lorem ")));
    }

    [Test]
    public async Task OtherNodes_GetWhatCanContinue_WithoutAWaitForItsEnd()
    {
        OthersAreThere();
        Target(HandOverTarget.OtherNode);
        _fixture.Cluster.SetupSequence(cluster => cluster.CountHandedOverAsync(It.IsAny<CancellationToken>())).ReturnsAsync(1).ReturnsAsync(0);
        var streamId = await StartContinuableAsync();
        using var viewer = _fixture.View(streamId);

        var stopping = _stop.StoppingAsync(CancellationToken.None);
        await Waiting.Until(() => _fixture.Cluster.Invocations.Any(call => call.Method.Name == nameof(IStreamCluster.CountHandedOverAsync)), "the node waits until the stream is taken");
        _fixture.Cluster.Verify(cluster => cluster.HandOverAsync(streamId, It.IsAny<CancellationToken>()), Times.Once);
        await Waiting.Until(
            () =>
            {
                _fixture.Time.Advance(TimeSpan.FromMilliseconds(50));
                return stopping.IsCompleted;
            },
            "it is over");

        Assert.That((await _fixture.ReadStoredAsync(streamId)).Events.Any(item => item.IsTerminal), Is.False);
    }

    [Test]
    public async Task AloneServer_LeavesWhatHasNotEndedToTheNextProcess()
    {
        Target(HandOverTarget.NextNode);
        var streamId = await StartContinuableAsync();
        var stopping = _stop.StoppingAsync(CancellationToken.None);
        _fixture.Time.Advance(TimeSpan.FromSeconds(19));
        Assert.That(_fixture.Runner.Find(streamId)!.Ended.IsCompleted, Is.False, "it may end within the drain time");

        _fixture.Time.Advance(TimeSpan.FromSeconds(2));

        await stopping.Soon();
        _fixture.Cluster.Verify(cluster => cluster.HandOverAsync(streamId, It.IsAny<CancellationToken>()), Times.Once);
        Assert.That((await _fixture.ReadStoredAsync(streamId)).Events.Any(item => item.IsTerminal), Is.False);
    }

    [Test]
    public async Task AViewerThatDoesNotGo_IsWaitedForAMomentOnly()
    {
        var streamId = await StartAsync();
        using var viewer = _fixture.View(streamId);
        var stopping = _stop.StoppingAsync(CancellationToken.None);
        _texts.Writer.Complete();
        await _fixture.EndOf(streamId);

        await Waiting.Until(
            () =>
            {
                _fixture.Time.Advance(TimeSpan.FromMilliseconds(100));
                return stopping.IsCompleted;
            },
            "it is over");
    }

    [Test]
    public async Task StartBeingProcessed_ContinuesAndIsWaitedFor()
    {
        var first = await StartAsync();
        var stopping = _stop.StoppingAsync(CancellationToken.None);
        var texts = Channel.CreateUnbounded<GeneratedText>();
        var second = await _fixture.StartAsync(texts.Reader.ReadAllAsync);
        _texts.Writer.Complete();
        await _fixture.EndOf(first);
        Assert.That(stopping.IsCompleted, Is.False);

        texts.Writer.Complete();

        Assert.That((await _fixture.EndOf(second)).Ending, Is.EqualTo(EventKind.Completed));
        await stopping.Soon();
    }

    [Test]
    public async Task OtherNodes_GetTheViewersAtOnce_AndTheGenerationContinuesHere()
    {
        OthersAreThere();
        var streamId = await StartAsync();
        var departure = _fixture.Drain.ViewerShutdownToken;

        var stopping = _stop.StoppingAsync(CancellationToken.None);

        Assert.That((departure.IsCancellationRequested, stopping.IsCompleted), Is.EqualTo((true, false)));
        Assert.That(_fixture.Drain.ViewerShutdownToken.IsCancellationRequested, Is.False, "a viewer that reconnects here is served");
        _texts.Writer.Complete();
        Assert.That((await _fixture.EndOf(streamId)).Ending, Is.EqualTo(EventKind.Completed));
        await stopping.Soon();
    }

    [Test]
    public async Task Grace_DoesNotBeginBeforeRedirectedViewersCouldReconnect([Values] bool theyAreBack)
    {
        OthersAreThere();
        var asked = 0;
        _fixture.Cluster.Setup(cluster => cluster.CountViewersElsewhereAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>()))
            .Callback(() => Interlocked.Increment(ref asked)).ReturnsAsync(() => theyAreBack ? 1 : 0);
        var (streamId, viewer) = await _fixture.StartViewedAsync(_texts.Reader.ReadAllAsync);
        var stopping = _stop.StoppingAsync(CancellationToken.None);
        viewer.Dispose();
        _fixture.Time.Advance(_fixture.Drain.ReconnectWindow - TimeSpan.FromMilliseconds(1));
        Assert.That((asked, stopping.IsCompleted), Is.EqualTo((0, false)));

        // From here on the generation has no viewers.
        _fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
        await Waiting.Until(() => _fixture.Viewers.Count(streamId) == 0, "the reconnect window has elapsed");
        await Waiting.Until(
            () =>
            {
                _fixture.Time.Advance(TimeSpan.FromMilliseconds(100));
                return asked > 0;
            },
            "the grace is over");
        if (theyAreBack)
            _texts.Writer.Complete();
        Assert.That((await _fixture.EndOf(streamId)).Ending, Is.EqualTo(theyAreBack ? EventKind.Completed : EventKind.Stopped));
        await stopping.Soon();
    }

    [Test]
    public async Task ViewersOfOtherNodesGenerations_AreCountedToTheEnd()
    {
        var elsewhere = StreamId.New();
        var viewer = _fixture.Viewers.Register(elsewhere, _member.ViewersChanged);

        await _stop.StoppingAsync(CancellationToken.None).Soon();
        viewer.Dispose();

        Assert.That(_fixture.Viewers.Count(elsewhere), Is.EqualTo(1), "the grace on the other node must not begin");
    }

    [Test]
    public async Task Hurried_ItIsOverAtOnce_AndTheRunnerClosesTheStreams()
    {
        var streamId = await StartAsync();
        var stopping = _stop.StoppingAsync(CancellationToken.None);

        _fixture.Drain.ForceStop();

        await stopping.Soon();
        Assert.That(_fixture.Drain.ShutdownToken.IsCancellationRequested, Is.True);
        await EndAsync(streamId);
    }

    [Test]
    public async Task Hurried_TheRunnerDoesNotWaitForAGeneratorThatHangs()
    {
        var hang = new Hang();
        var streamId = await _fixture.StartAsync(hang.After("Lorem"));
        await hang.Reached.Soon();
        var stopping = _fixture.Runner.StopAsync(CancellationToken.None);
        await _fixture.Runner.Find(streamId)!.Ended.Soon();
        Assert.That(stopping.IsCompleted, Is.False);

        _fixture.Drain.ForceStop();

        await stopping.Soon();
        hang.Release();
    }

    [Test]
    public async Task HostTimeout_EndsTheDrain()
    {
        using var hostGivesUp = new CancellationTokenSource();
        var streamId = await StartAsync();
        var stopping = _stop.StoppingAsync(hostGivesUp.Token);

        await hostGivesUp.CancelAsync();

        await stopping.Soon();
        Assert.That(_fixture.Drain.ShutdownToken.IsCancellationRequested, Is.True);
        await EndAsync(streamId);
    }

    private void Target(HandOverTarget target) =>
        _fixture.Cluster.Setup(cluster => cluster.FindHandOverTargetAsync(It.IsAny<CancellationToken>())).ReturnsAsync(target);

    /// <summary>A generation that waits after its first piece, and that another node could continue.</summary>
    private async Task<StreamId> StartContinuableAsync()
    {
        var texts = new ResumableTexts("one ", "two ")
        {
            BeforePiece = (i, token) => i == 1 ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token) : Task.CompletedTask,
        };
        var streamId = await _fixture.StartKeptAsync(texts);
        await _fixture.ShownAsync(streamId, "one ");
        return streamId;
    }

    private void OthersAreThere() =>
        _fixture.Cluster.Setup(cluster => cluster.HasOthersAsync(It.IsAny<CancellationToken>())).ReturnsAsync(true);

    private Task<StreamId> StartAsync()
    {
        _texts.Writer.TryWrite(GeneratedText.FromString("Lorem "));
        return _fixture.StartAsync(_texts.Reader.ReadAllAsync);
    }

    /// <summary>The next step of the host's shutdown.</summary>
    private async Task EndAsync(StreamId streamId)
    {
        await _fixture.Runner.StopAsync(CancellationToken.None).Soon();
        Assert.That((await _fixture.EndOf(streamId)).Reason, Is.EqualTo(ProblemTypes.Interrupted));
    }
}
