using System.Runtime.CompilerServices;
using Moq;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Support;

namespace SseStreaming.UnitTests.Application.Generations;

internal sealed class GenerationGraceTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly GenerationBench _bench = new();
    private readonly TaskCompletionSource<CancellationToken> _running = new();

    private TimeSpan Grace => _bench.Options.Grace;

    [Test]
    public async Task LastViewerLeft_IsStoppedAfterTheGrace()
    {
        var streamId = await _bench.StartAsync(Run, continueUnviewed: false);
        var (first, second) = (_bench.View(streamId), _bench.View(streamId));
        first.Dispose();
        _bench.Time.Advance(Grace * 2);
        Assert.That(await IsStopped(), Is.False, "one viewer is there");

        second.Dispose();
        _bench.Time.Advance(Grace - Moment);
        Assert.That(await IsStopped(), Is.False, "the grace is not over");
        _bench.Time.Advance(Moment);

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task LastViewerLeftAndAnotherCame_GoesOn()
    {
        var streamId = await _bench.StartAsync(Run, continueUnviewed: false);
        _bench.View(streamId).Dispose();
        _bench.Time.Advance(Grace - Moment);

        using var back = _bench.View(streamId);
        _bench.Time.Advance(Grace * 10);

        Assert.That(await IsStopped(), Is.False);
    }

    [Test]
    public async Task LastViewerLeftAgain_GetsTheWholeGraceAnew()
    {
        var streamId = await _bench.StartAsync(Run, continueUnviewed: false);
        _bench.View(streamId).Dispose();
        _bench.Time.Advance(Grace - Moment);
        _bench.View(streamId).Dispose();

        _bench.Time.Advance(Grace - Moment);
        Assert.That(await IsStopped(), Is.False);
        _bench.Time.Advance(Moment);

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task StartedWithoutAViewer_IsStoppedAfterTheGrace()
    {
        var streamId = await _bench.StartAsync(Run, continueUnviewed: false);

        _bench.Time.Advance(Grace - Moment);
        Assert.That(await IsStopped(), Is.False);
        _bench.Time.Advance(Moment);

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task StartedWithAViewer_GoesOnWhileItStays()
    {
        var (_, viewer) = await _bench.StartViewedAsync(Run);

        _bench.Time.Advance(Grace * 10);

        Assert.That(await IsStopped(), Is.False);
        viewer.Dispose();
        _bench.Time.Advance(Grace);
        Assert.That(await IsStopped(), Is.True);
    }

    [Test]
    public async Task GraceOfZero_StopsAtOnceWhenTheLastViewerLeaves()
    {
        _bench.Options.Grace = TimeSpan.Zero;
        var (streamId, viewer) = await _bench.StartViewedAsync(Run);
        Assert.That(await IsStopped(), Is.False);

        viewer.Dispose();

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task GraceOfZero_StopsAtOnceWhatStartsWithoutAViewer()
    {
        _bench.Options.Grace = TimeSpan.Zero;

        var streamId = await _bench.StartAsync(Generators.Waiting(), continueUnviewed: false);

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task AskedToContinue_GoesOnWithoutAViewer()
    {
        var streamId = await _bench.StartAsync(Run, continueUnviewed: true);
        _bench.View(streamId).Dispose();

        _bench.Time.Advance(Grace * 1_000);

        Assert.That(await IsStopped(), Is.False);
    }

    [Test]
    public async Task Ended_TakesNoNoticeOfViewers()
    {
        var streamId = await _bench.StartAsync(Generators.Texts("Lorem"), continueUnviewed: false);
        var end = await _bench.EndOf(streamId);

        _bench.View(streamId).Dispose();
        _bench.Time.Advance(Grace * 2);

        Assert.That(end.Ending, Is.EqualTo(EventKind.Completed));
        Assert.That((await _bench.Store.FindAsync(streamId, CancellationToken.None))!.Extent.Last, Is.EqualTo(end.Events.Count));
    }

    [Test]
    public async Task LastViewerLeftButOthersAreOnAnotherNode_IsStoppedOnlyWhenTheyAreGone()
    {
        var elsewhere = 2;
        _bench.Cluster.Setup(cluster => cluster.CountViewersElsewhereAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => elsewhere);
        var streamId = await _bench.StartAsync(Run, continueUnviewed: false);

        _bench.Time.Advance(Grace);
        _bench.Time.Advance(_bench.Options.Lease);
        Assert.That(await IsStopped(), Is.False);
        elsewhere = 0;
        _bench.Time.Advance(_bench.Options.Lease);

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task LastViewerLeftWhileNobodyCanBeAskedOfOtherNodes_GoesOn()
    {
        _bench.Cluster.Setup(cluster => cluster.CountViewersElsewhereAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(Faults.StoreDown);
        await _bench.StartAsync(Run, continueUnviewed: false);

        _bench.Time.Advance(Grace);

        Assert.That(await IsStopped(), Is.False);
    }

    private async IAsyncEnumerable<GeneratedText> Run([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _running.SetResult(cancellationToken);
        yield return "Lorem";
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    private async Task<bool> IsStopped() => (await _running.Task.Soon()).IsCancellationRequested;

    private async Task AssertAbandoned(StreamId streamId)
    {
        var end = await _bench.EndOf(streamId);
        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Stopped, "abandoned")));
    }
}
