using Moq;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Limits;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Limits;

/// <summary>The limits of clients, through the service: a request over a limit is refused, and each end releases its slot.</summary>
internal sealed class ClientLimitsTests
{
    private static readonly Caller Other = new(Subject: null, Client: "192.0.2.2");

    private readonly LimitsOptions _limits = new();
    private readonly Mock<ITextGenerator> _source = Generators.Mock(new SourceDescription("model", "A model."), Generators.Waiting("Hello"));
    private ServiceFixture? _fixture;

    /// <summary>Created after a test has set its limits.</summary>
    private ServiceFixture Fixture => _fixture ??= new ServiceFixture(_limits, store: null, _source.Object);

    [TearDown]
    public void TearDown()
    {
        _fixture?.Dispose();
        _fixture = null;
    }

    [Test]
    public async Task Start_AtTheLimitOfTheClient_IsRefusedUntilAGenerationEnds()
    {
        _limits.RunningGenerationsPerClient = 2;
        var first = await Fixture.StartAsync();
        await Fixture.StartAsync();

        Expect(await StartAsync(), RefusalReason.TooManyGenerations);
        Assert.That((await StartAsync(Other)).Refusal, Is.Null, "another client has limits of its own");

        await Fixture.Service.StopAsync(ServiceFixture.Caller, first, CancellationToken.None);
        await Waiting.Until(() => Fixture.ClientLimits.RunningGenerations == 2, "the slot was released");
        Assert.That((await StartAsync()).Refusal, Is.Null);
    }

    [Test]
    public async Task Start_AtTheLimitOfTheServer_IsRefusedAsBusy()
    {
        _limits.RunningGenerations = 1;
        await Fixture.StartAsync();

        Expect(await StartAsync(Other), RefusalReason.Busy);
    }

    [Test]
    public async Task Start_OverTheRate_IsRefusedAndTakesNoSlot()
    {
        _limits.StartsPerMinutePerClient = 1;
        await Fixture.StartAsync();

        Expect(await ViewNewAsync(), RefusalReason.TooManyStarts);
        Expect(await StartAsync(), RefusalReason.TooManyStarts);

        Assert.That((Fixture.ClientLimits.RunningGenerations, Fixture.ClientLimits.Viewers), Is.EqualTo((1, 0)));
        Assert.That((await StartAsync(Other)).Refusal, Is.Null);
    }

    [Test]
    public async Task Start_ThatTheStoreRefuses_ReleasesItsSlots()
    {
        using var fixture = new ServiceFixture(_limits, store: null, _source.Object) { Streams = { MaxStreams = 1 } };
        await fixture.StartAsync();

        Expect(await fixture.Service.StartViewingAsync(ServiceFixture.Caller, new StartRequest(), CancellationToken.None), RefusalReason.Full);

        Assert.That((fixture.ClientLimits.RunningGenerations, fixture.ClientLimits.Viewers), Is.EqualTo((1, 0)));
    }

    [Test]
    public void Start_WhoseStoreFails_ReleasesItsSlots()
    {
        var store = new Mock<IEventStreamStore>();
        store.Setup(it => it.CreateAsync(It.IsAny<StreamHead>(), It.IsAny<EventBatch>(), It.IsAny<byte[]?>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new StoreUnavailableException("It is away.", new IOException()));
        using var fixture = new ServiceFixture(_limits, store.Object, _source.Object);

        Assert.That(async () => await fixture.Service.StartViewingAsync(ServiceFixture.Caller, new StartRequest(), CancellationToken.None),
            Throws.InstanceOf<StoreUnavailableException>());

        Assert.That((fixture.ClientLimits.RunningGenerations, fixture.ClientLimits.Viewers), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Start_RepeatedWithItsKey_JoinsTheGeneration_WhateverTheLimits()
    {
        _limits.RunningGenerationsPerClient = 1;
        _limits.StartsPerMinutePerClient = 1;
        _limits.ViewersPerClient = 1;
        var request = new StartRequest { IdempotencyKey = "key", Prompt = "Hello" };
        using var first = (await ViewNewAsync(request)).Value!;

        using var again = (await ViewNewAsync(request)).Value!;

        Assert.That(again.StreamId, Is.EqualTo(first.StreamId));
        Assert.That(first.Evicted.IsCancellationRequested, Is.True, "the lost connection of the client is replaced");
        Expect(await ViewNewAsync(request with { Prompt = "Another" }), RefusalReason.KeyReused);
        Expect(await ViewNewAsync(request with { IdempotencyKey = "another" }), RefusalReason.TooManyGenerations);
        Assert.That((Fixture.ClientLimits.RunningGenerations, Fixture.ClientLimits.Viewers), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task View_AtTheLimitOfTheClient_IsRefusedUntilAViewerLeaves()
    {
        _limits.ViewersPerClient = 1;
        var (seen, other) = (await Fixture.StartAsync(), await Fixture.StartAsync());
        var viewer = (await ViewAsync(seen)).Value!;

        Expect(await ViewAsync(other), RefusalReason.TooManyViewers);
        Expect(await ViewNewAsync(), RefusalReason.TooManyViewers);
        Expect(await Fixture.Service.ReadTextAsync(ServiceFixture.Caller, seen, CancellationToken.None), RefusalReason.TooManyViewers);
        Assert.That(viewer.Evicted.IsCancellationRequested, Is.False);
        Assert.That(Fixture.ClientLimits.RunningGenerations, Is.EqualTo(2), "no generation was started");

        viewer.Dispose();
        Assert.That((await ViewAsync(other)).Refusal, Is.Null);
    }

    [Test]
    public async Task View_AtTheLimitOfTheServer_IsRefusedAsBusy()
    {
        _limits.Viewers = 1;
        var streamId = await Fixture.StartAsync();
        using var viewer = (await ViewAsync(streamId)).Value!;

        Expect(await ViewAsync(streamId, Other), RefusalReason.Busy);
    }

    [TestCase(1, 0)]
    [TestCase(0, 1)]
    public async Task View_AtALimit_ReplacesTheClientsOldestViewerOfTheSameStream(int perClient, int inAll)
    {
        (_limits.ViewersPerClient, _limits.Viewers) = (perClient, inAll);
        var streamId = await Fixture.StartAsync();
        var lost = (await ViewAsync(streamId)).Value!;

        using var back = (await ViewAsync(streamId)).Value!;

        await Waiting.Until(() => lost.Evicted.IsCancellationRequested, "the replaced viewer is evicted");
        lost.Dispose();
        Assert.That(Fixture.ClientLimits.Viewers, Is.EqualTo(1));
        Assert.That((await Fixture.StateOf(streamId)).Viewers, Is.EqualTo(1));
    }

    [Test]
    public async Task View_ThatIsRefusedForItsPosition_TakesNoSlot()
    {
        var streamId = await Fixture.StartAsync();

        Expect(await Fixture.Service.ViewAsync(ServiceFixture.Caller, streamId, 1000, CancellationToken.None), RefusalReason.BeyondEnd, hasRetryAfter: false);
        Expect(await ViewAsync(StreamId.New()), RefusalReason.UnknownStream, hasRetryAfter: false);

        Assert.That(Fixture.ClientLimits.Viewers, Is.Zero);
    }

    [Test]
    public async Task Text_HoldsASlotWhileItIsSent()
    {
        var streamId = await Fixture.StartAsync();

        using (var text = (await Fixture.Service.ReadTextAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value!)
            Assert.That(Fixture.ClientLimits.Viewers, Is.EqualTo(1));

        Assert.That(Fixture.ClientLimits.Viewers, Is.Zero);
    }

    private static void Expect<T>(Outcome<T> outcome, RefusalReason reason, bool hasRetryAfter = true)
        where T : class
    {
        Assert.That(outcome.Refusal?.Reason, Is.EqualTo(reason));
        if (reason is not RefusalReason.KeyReused && hasRetryAfter)
            Assert.That(outcome.Refusal!.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
    }

    private ValueTask<Outcome<StartedStream>> StartAsync(Caller? caller = null) =>
        Fixture.Service.StartAsync(caller ?? ServiceFixture.Caller, new StartRequest(), CancellationToken.None);

    private ValueTask<Outcome<StreamViewer>> ViewNewAsync(StartRequest? request = null) =>
        Fixture.Service.StartViewingAsync(ServiceFixture.Caller, request ?? new StartRequest(), CancellationToken.None);

    private ValueTask<Outcome<StreamViewer>> ViewAsync(StreamId streamId, Caller? caller = null) =>
        Fixture.Service.ViewAsync(caller ?? ServiceFixture.Caller, streamId, 0, CancellationToken.None);
}
