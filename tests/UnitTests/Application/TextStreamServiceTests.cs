using System.Text;
using Moq;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application;

/// <summary>Reading, state and stop of streams.</summary>
internal sealed class TextStreamServiceTests : TextStreamServiceTestBase
{
    [Test]
    public async Task View_AfterAnyEvent_BeginsWithTheNextOne()
    {
        var streamId = await Fixture.StartAsync(StoryRequest());
        await Fixture.EndOf(streamId);

        for (var after = 0; after < 5; after++)
        {
            using var viewer = (await Service.ViewAsync(ServiceFixture.Caller, streamId, after, CancellationToken.None)).Value!;
            Assert.That(await ReadAsync(viewer), Has.Count.EqualTo(5 - after));
        }
    }

    [TestCase(5, ExpectedResult = RefusalReason.Ended)]
    [TestCase(6, ExpectedResult = RefusalReason.BeyondEnd)]
    [TestCase(long.MaxValue, ExpectedResult = RefusalReason.BeyondEnd)]
    public async Task<RefusalReason> View_AfterTheEnd_IsRefused(long after)
    {
        var streamId = await Fixture.StartAsync(StoryRequest());
        await Fixture.EndOf(streamId);

        return (await Service.ViewAsync(ServiceFixture.Caller, streamId, after, CancellationToken.None)).Refusal!.Reason;
    }

    [Test]
    public async Task View_AfterTheLastEventOfARunningStream_WaitsForMore()
    {
        var streamId = await Fixture.StartAsync(new StartRequest { Prompt = "Hi" });
        await Waiting.Until(() => Fixture.StateOf(streamId).Result.Segments == 1, "the first segment was stored");

        var viewer = (await Service.ViewAsync(ServiceFixture.Caller, streamId, after: 2, CancellationToken.None)).Value!;
        var reading = ReadAsync(viewer);
        Assert.That(reading.IsCompleted, Is.False);
        await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None);

        Assert.That((await reading.Soon()).Single().Kind, Is.EqualTo(EventKind.Stopped));
        viewer.Dispose();
    }

    [TestCase(3, ExpectedResult = RefusalReason.Expired)]
    [TestCase(99, ExpectedResult = RefusalReason.BeyondEnd)]
    public async Task<RefusalReason> View_OfAStreamWhoseFirstEventsAreNotKept_IsRefusedOnlyWhereThatLeavesAGap(long after)
    {
        var store = TrimmedStore(out var streamId);
        using var fixture = new ServiceFixture(store, StoryGenerator.Object);

        using var joined = (await fixture.Service.ViewAsync(ServiceFixture.Caller, streamId, after: 0, CancellationToken.None)).Value!;
        using var resumed = (await fixture.Service.ViewAsync(ServiceFixture.Caller, streamId, after: 9, CancellationToken.None)).Value!;
        Assert.That((joined.Position, resumed.Position), Is.EqualTo((9L, 9L)), "a viewer without a position begins with the first kept event");
        return (await fixture.Service.ViewAsync(ServiceFixture.Caller, streamId, after, CancellationToken.None)).Refusal!.Reason;
    }

    [Test]
    public async Task AnyRequest_ForAnUnknownStream_IsRefused()
    {
        var streamId = StreamId.New();

        Assert.That((await Service.ViewAsync(ServiceFixture.Caller, streamId, 0, CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await Service.GetStateAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await Service.ReadTextAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
    }

    [Test]
    public async Task GetState_CountsTheViewers()
    {
        var streamId = await Fixture.StartAsync(new StartRequest { Prompt = "Hi" });

        var first = (await Service.ViewAsync(ServiceFixture.Caller, streamId, 0, CancellationToken.None)).Value!;
        using var second = (await Service.ViewAsync(ServiceFixture.Caller, streamId, 0, CancellationToken.None)).Value!;
        Assert.That((await Fixture.StateOf(streamId)).Viewers, Is.EqualTo(2));
        first.Dispose();

        Assert.That((await Fixture.StateOf(streamId)).Viewers, Is.EqualTo(1));
    }

    [Test]
    public async Task GetState_HasTheLastEventId()
    {
        var streamId = await Fixture.StartAsync(StoryRequest());

        Assert.That((await Fixture.EndOf(streamId)).LastEventId, Is.EqualTo(new EventId(streamId, 5)));
    }

    [Test]
    public async Task ReadText_ReturnsThePassageExactly()
    {
        const string text = "1.\r\n2.\r 3.\n\ncafé 👩‍👩‍👧\0 ";
        StoryGenerator.Setup(source => source.GenerateAsync(It.IsAny<GenerationRequest>(), It.IsAny<CancellationToken>()))
            .Returns(() => text.Select(c => (GeneratedText)c.ToString()).ToAsyncEnumerable());
        var streamId = await Fixture.StartAsync(StoryRequest());
        await Fixture.EndOf(streamId);

        var bytes = new List<byte>();
        await foreach (var piece in (await Service.ReadTextAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value!.Pieces)
            bytes.AddRange(piece.Span);

        Assert.That(Encoding.UTF8.GetString([.. bytes]), Is.EqualTo(text));
    }

    [Test]
    public async Task Stop_OfARunningGeneration_ReturnsWhenItsStreamIsClosed()
    {
        var streamId = await Fixture.StartAsync(new StartRequest { Prompt = "Hi" });

        var state = (await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value!;

        Assert.That((state.Status, state.Reason), Is.EqualTo((StreamStatus.Stopped, "requested")));
    }

    [Test]
    public async Task Stop_Twice_ChangesNothing()
    {
        var streamId = await Fixture.StartAsync(new StartRequest { Prompt = "Hi" });
        var first = (await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value;

        Assert.That((await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value, Is.EqualTo(first));
    }

    [Test]
    public async Task Stop_OfAGenerationThatCompleted_LeavesItCompleted()
    {
        var streamId = await Fixture.StartAsync(StoryRequest());
        await Fixture.EndOf(streamId);

        Assert.That((await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value!.Status, Is.EqualTo(StreamStatus.Completed));
    }

    [Test]
    public async Task Stop_OfAGenerationOfAnotherNode_RequestsItAndWaitsWithATimeLimit()
    {
        var store = TrimmedStore(out var streamId);
        using var fixture = new ServiceFixture(store, StoryGenerator.Object);

        var stop = fixture.Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None).AsTask();
        await Waiting.Until(
            () =>
            {
                fixture.Time.Advance(TimeSpan.FromSeconds(1));
                return stop.IsCompleted;
            },
            "the patience of a stop was over");

        fixture.Cluster.Verify(cluster => cluster.RequestStopAsync(streamId, It.IsAny<CancellationToken>()), Times.Once);
        Assert.That((await stop).Value!.Status, Is.EqualTo(StreamStatus.Running));
    }

    [Test]
    public void Sources_AreDescribedInTheOrderOfTheirNames()
    {
        Assert.That(Service.Sources, Is.EqualTo(new[] { Model, Story }));
        Assert.That(Service.DefaultSource, Is.EqualTo("model"));
    }

    /// <summary>A running stream of another node that keeps events 10 to 20.</summary>
    private static IEventStreamStore TrimmedStore(out StreamId streamId)
    {
        var id = streamId = StreamId.New();
        var store = new Mock<IEventStreamStore>();
        store.Setup(it => it.FindAsync(id, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new StreamRecord(new StreamHead(id, "story", default), new StreamExtent(10, 20, false), null, 19, 100));
        store.Setup(it => it.ReadAsync(id, It.IsAny<long>(), It.IsAny<CancellationToken>())).ReturnsAsync(default(EventBatch));
        return store.Object;
    }
}
