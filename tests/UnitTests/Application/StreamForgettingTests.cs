using Moq;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application;

/// <summary>Streams that their owner deletes.</summary>
internal sealed class StreamForgettingTests : TwoSubjectsTest
{
    [Test]
    public async Task Forget_OfARunningGeneration_StopsIt_AndItsStreamIsUnknown()
    {
        var streamId = await StartAsync(Alice, new StartRequest { Thread = "chat" });
        var generation = Fixture.Runner.Find(streamId)!;

        var state = (await Fixture.Service.ForgetAsync(Alice, streamId, CancellationToken.None)).Value!;

        Assert.That((state.Id, state.Status, state.Reason, state.Thread), Is.EqualTo((streamId, StreamStatus.Stopped, "requested", "chat")));
        await generation.Released.Soon();
        await AssertUnknownAsync(Alice, streamId);
        Assert.That((await Fixture.Service.FindLastAsync(Alice, "chat", CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
    }

    [Test]
    public async Task Forget_OfAClosedStream_ReturnsItsState()
    {
        var streamId = await StartAsync(Alice);
        var stopped = (await Fixture.Service.StopAsync(Alice, streamId, CancellationToken.None)).Value;

        Assert.That((await Fixture.Service.ForgetAsync(Alice, streamId, CancellationToken.None)).Value, Is.EqualTo(stopped));
        await AssertUnknownAsync(Alice, streamId);
    }

    [Test]
    public async Task Forget_ByACallerThatDoesNotOwnTheStream_IsRefusedAsAStop()
    {
        var streamId = await StartAsync(Alice);
        var shared = await StartAsync(Alice, new StartRequest { Source = "news" });
        var guest = new Caller(Subject: null, "192.0.2.2") { GrantedStreamId = streamId };

        Assert.That((await Fixture.Service.ForgetAsync(Bob, streamId, CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await Fixture.Service.ForgetAsync(guest, streamId, CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await Fixture.Service.ForgetAsync(Alice, shared, CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.Forbidden));

        Assert.That((await Fixture.Service.GetStateAsync(Alice, streamId, CancellationToken.None)).Value!.Status, Is.EqualTo(StreamStatus.Running));
        Assert.That((await Fixture.Service.GetStateAsync(Bob, shared, CancellationToken.None)).Value!.Status, Is.EqualTo(StreamStatus.Running));
    }

    [Test]
    public async Task IdempotencyKeyOfAForgottenStream_StartsANewOne_AlsoWhileItsGeneratorEnds()
    {
        var hang = new Hang();
        using var fixture = new ServiceFixture(store: null, Generators.Create(hang.After("Hello")));
        var request = new StartRequest { IdempotencyKey = "key" };
        var first = await fixture.StartAsync(request);
        Assert.That(await fixture.StartAsync(request), Is.EqualTo(first));
        await hang.Reached.Soon();

        await fixture.Service.ForgetAsync(ServiceFixture.Caller, first, CancellationToken.None);
        Assert.That(fixture.Runner.Find(first), Is.Not.Null, "the generator has not ended");
        var second = await fixture.Service.StartAsync(ServiceFixture.Caller, request, CancellationToken.None);

        Assert.That((second.Value?.Joined, second.Value?.State.Id == first), Is.EqualTo((false, false)));
        hang.Release();
    }

    [Test]
    public async Task Forget_OfAGenerationOfAnotherNode_RequestsItsStop_AndForgetsItAlsoIfThatNodeDoesNotAnswer()
    {
        var head = new StreamHead(StreamId.New(), "story", default) { Owner = "alice" };
        var store = new Mock<IEventStreamStore>();
        store.Setup(it => it.FindAsync(head.Id, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new StreamRecord(head, new StreamExtent(1, 20, false), null, 19, 100));
        store.Setup(it => it.ReadAsync(head.Id, It.IsAny<long>(), It.IsAny<CancellationToken>())).ReturnsAsync(default(EventBatch));
        using var fixture = new ServiceFixture(store.Object, Generators.Create(Generators.Waiting("Hello")));

        var forget = fixture.Service.ForgetAsync(Alice, head.Id, CancellationToken.None).AsTask();
        store.Verify(it => it.ForgetAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>()), Times.Never, "it waits for the terminal event first");
        await Waiting.Until(
            () =>
            {
                fixture.Time.Advance(TimeSpan.FromSeconds(1));
                return forget.IsCompleted;
            },
            "the patience of the stop was over");

        Assert.That((await forget).Value!.Status, Is.EqualTo(StreamStatus.Running));
        fixture.Cluster.Verify(cluster => cluster.RequestStopAsync(head.Id, It.IsAny<CancellationToken>()), Times.Once);
        store.Verify(it => it.ForgetAsync(head.Id, It.IsAny<CancellationToken>()), Times.Once);
    }

    private async Task<StreamId> StartAsync(Caller caller, StartRequest? request = null) =>
        (await Fixture.Service.StartAsync(caller, request ?? new StartRequest(), CancellationToken.None)).Value!.State.Id;

    private async Task AssertUnknownAsync(Caller caller, StreamId streamId)
    {
        Refusal?[] refusals =
        [
            (await Fixture.Service.GetStateAsync(caller, streamId, CancellationToken.None)).Refusal,
            (await Fixture.Service.ViewAsync(caller, streamId, 0, CancellationToken.None)).Refusal,
            (await Fixture.Service.ViewAsync(caller, streamId, 2, CancellationToken.None)).Refusal,
            (await Fixture.Service.ReadTextAsync(caller, streamId, CancellationToken.None)).Refusal,
            (await Fixture.Service.StopAsync(caller, streamId, CancellationToken.None)).Refusal,
            (await Fixture.Service.FindOwnAsync(caller, streamId, CancellationToken.None)).Refusal,
            (await Fixture.Service.ForgetAsync(caller, streamId, CancellationToken.None)).Refusal,
        ];
        Assert.That(refusals.Select(refusal => refusal?.Reason), Is.All.EqualTo(RefusalReason.UnknownStream));
    }
}
