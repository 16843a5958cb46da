using System.Runtime.CompilerServices;
using Moq;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

internal sealed class GenerationGraceTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly GenerationFixture _fixture = new();
    private readonly TaskCompletionSource<CancellationToken> _running = new();

    private TimeSpan Grace => _fixture.Options.Grace;

    [Test]
    public async Task LastViewerLeft_IsStoppedAfterTheGrace()
    {
        var streamId = await _fixture.StartAsync(Run, continueUnviewed: false);
        var (first, second) = (_fixture.View(streamId), _fixture.View(streamId));
        first.Dispose();
        _fixture.Time.Advance(Grace * 2);
        Assert.That(await IsStopped(), Is.False, "one viewer is left");

        second.Dispose();
        _fixture.Time.Advance(Grace - Moment);
        Assert.That(await IsStopped(), Is.False, "the grace has not elapsed");
        _fixture.Time.Advance(Moment);

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task LastViewerLeft_AndAnotherConnected_Continues()
    {
        var streamId = await _fixture.StartAsync(Run, continueUnviewed: false);
        _fixture.View(streamId).Dispose();
        _fixture.Time.Advance(Grace - Moment);

        using var back = _fixture.View(streamId);
        _fixture.Time.Advance(Grace * 10);

        Assert.That(await IsStopped(), Is.False);
    }

    [Test]
    public async Task LastViewerLeft_Again_HasTheWholeGrace()
    {
        var streamId = await _fixture.StartAsync(Run, continueUnviewed: false);
        _fixture.View(streamId).Dispose();
        _fixture.Time.Advance(Grace - Moment);
        _fixture.View(streamId).Dispose();

        _fixture.Time.Advance(Grace - Moment);
        Assert.That(await IsStopped(), Is.False);
        _fixture.Time.Advance(Moment);

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task StartedWithoutAViewer_IsStoppedAfterTheGrace()
    {
        var streamId = await _fixture.StartAsync(Run, continueUnviewed: false);

        _fixture.Time.Advance(Grace - Moment);
        Assert.That(await IsStopped(), Is.False);
        _fixture.Time.Advance(Moment);

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task StartedWithAViewer_RunsWhileItStays()
    {
        var (_, viewer) = await _fixture.StartViewedAsync(Run);

        _fixture.Time.Advance(Grace * 10);

        Assert.That(await IsStopped(), Is.False);
        viewer.Dispose();
        _fixture.Time.Advance(Grace);
        Assert.That(await IsStopped(), Is.True);
    }

    [Test]
    public async Task GraceOfZero_StopsAtOnceWhenTheLastViewerLeaves()
    {
        _fixture.Options.Grace = TimeSpan.Zero;
        var (streamId, viewer) = await _fixture.StartViewedAsync(Run);
        Assert.That(await IsStopped(), Is.False);

        viewer.Dispose();

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task GraceOfZero_StopsAtOnceWhatStartsWithoutAViewer()
    {
        _fixture.Options.Grace = TimeSpan.Zero;

        var streamId = await _fixture.StartAsync(Generators.Waiting(), continueUnviewed: false);

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task ContinueUnviewed_RunsWithoutAViewer()
    {
        var streamId = await _fixture.StartAsync(Run, continueUnviewed: true);
        _fixture.View(streamId).Dispose();

        _fixture.Time.Advance(Grace * 1_000);

        Assert.That(await IsStopped(), Is.False);
    }

    [Test]
    public async Task Ended_IgnoresViewers()
    {
        var streamId = await _fixture.StartAsync(Generators.Texts("Lorem"), continueUnviewed: false);
        var end = await _fixture.EndOf(streamId);

        _fixture.View(streamId).Dispose();
        _fixture.Time.Advance(Grace * 2);

        Assert.That(end.Ending, Is.EqualTo(EventKind.Completed));
        Assert.That((await _fixture.Store.FindAsync(streamId, CancellationToken.None))!.Extent.Last, Is.EqualTo(end.Events.Count));
    }

    [Test]
    public async Task LastViewerLeft_WithViewersOnAnotherNode_IsStoppedAfterThose()
    {
        var elsewhere = 2;
        _fixture.Cluster.Setup(cluster => cluster.CountViewersElsewhereAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => elsewhere);
        var streamId = await _fixture.StartAsync(Run, continueUnviewed: false);

        _fixture.Time.Advance(Grace);
        _fixture.Time.Advance(_fixture.Options.Lease);
        Assert.That(await IsStopped(), Is.False);
        elsewhere = 0;
        _fixture.Time.Advance(_fixture.Options.Lease);

        await AssertAbandoned(streamId);
    }

    [Test]
    public async Task LastViewerLeft_WhileTheStoreIsUnavailable_Continues()
    {
        _fixture.Cluster.Setup(cluster => cluster.CountViewersElsewhereAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(Faults.StoreDown);
        await _fixture.StartAsync(Run, continueUnviewed: false);

        _fixture.Time.Advance(Grace);

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
        var end = await _fixture.EndOf(streamId);
        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Stopped, "abandoned")));
    }
}
