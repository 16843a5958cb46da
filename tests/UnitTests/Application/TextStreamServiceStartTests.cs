using Moq;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application;

/// <summary>Starts of streams, with and without a viewer.</summary>
internal sealed class TextStreamServiceStartTests : TextStreamServiceTestBase
{
    [Test]
    public async Task Start_StartsAGenerationThatRunsToItsEnd()
    {
        var started = await StartAsync(StoryRequest());

        Assert.That(started.Joined, Is.False);
        Assert.That(started.State.Source, Is.EqualTo("story"));
        Assert.That(started.State.Created, Is.EqualTo(Fixture.Time.GetUtcNow()));
        var end = await Fixture.EndOf(started.State.Id);
        Assert.That((end.Status, end.Segments, end.Characters, end.Reason), Is.EqualTo((StreamStatus.Completed, 3L, 16L, "stop")));
    }

    [Test]
    public async Task Start_CallsTheGeneratorWithTheRequestAndItsDefaults()
    {
        await Fixture.EndOf((await StartAsync(StoryRequest() with { Prompt = "Go on." })).State.Id);

        StoryGenerator.Verify(source => source.GenerateAsync(
            It.Is<GenerationRequest>(request => request.Prompt == "Go on." && request.Options.Integer("words") == 3 && request.Options.Text("title") == "Tale"),
            It.IsAny<CancellationToken>()));
    }

    [Test]
    public async Task Start_WithoutASource_TakesTheDefaultOne() =>
        Assert.That((await StartAsync(new StartRequest { Prompt = "Hi" })).State.Source, Is.EqualTo("model"));

    [Test]
    public async Task Start_OfAnUnknownSource_IsRefused()
    {
        var refusal = await RefuseAsync(new StartRequest { Source = "poem" });

        Assert.That((refusal.Reason, refusal.Errors!.Keys.Single()), Is.EqualTo((RefusalReason.InvalidInput, "source")));
    }

    [Test]
    public async Task Start_WithInvalidOptions_IsRefusedWithAllErrors()
    {
        var refusal = await RefuseAsync(new StartRequest
        {
            Source = "story",
            Options = new Dictionary<string, OptionValue> { ["words"] = new("many", OptionForm.Query), ["color"] = new("red", OptionForm.Query) },
        });

        Assert.That(refusal.Errors!.Keys, Is.EquivalentTo(new[] { "words", "title", "color" }));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase(" \r\n")]
    public async Task Start_WithoutThePromptThatTheSourceNeeds_IsRefused(string? prompt) =>
        Assert.That((await RefuseAsync(new StartRequest { Source = "model", Prompt = prompt })).Errors!.Keys, Is.EqualTo(new[] { "prompt" }));

    [Test]
    public async Task Start_WithALongerPromptThanAllowed_IsRefusedWithoutRepeatingIt()
    {
        Fixture.Limits.PromptCharacters = 5;

        Assert.That((await Service.StartAsync(ServiceFixture.Caller, new StartRequest { Prompt = "12345" }, CancellationToken.None)).Refusal, Is.Null);
        var refusal = await RefuseAsync(new StartRequest { Prompt = "123456" });

        Assert.That(refusal.Errors!["prompt"].Single(), Is.EqualTo("'prompt' is longer than 5 characters."));
    }

    [Test]
    public async Task Start_ThatTheGeneratorRefuses_IsRefusedWithItsText()
    {
        var objection = Refusal.Invalid("title", "There is no such tale.");
        StoryGenerator.Setup(source => source.ValidateAsync(It.IsAny<GenerationRequest>(), It.IsAny<CancellationToken>())).ReturnsAsync(objection);

        Assert.That(await RefuseAsync(StoryRequest()), Is.SameAs(objection));
    }

    [Test]
    public async Task Start_WhileTheServerStops_IsRefusedWithARetryDelay()
    {
        Fixture.Drain.Begin();

        var refusal = await RefuseAsync(StoryRequest());

        Assert.That(refusal.Reason, Is.EqualTo(RefusalReason.Stopping));
        Assert.That(refusal.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public async Task Start_InAFullStore_IsRefusedWithARetryDelay()
    {
        Fixture.Streams.MaxStreams = 1;
        await StartAsync(new StartRequest { Prompt = "Hi" });

        var refusal = await RefuseAsync(new StartRequest { Prompt = "Hi" });

        Assert.That(refusal.Reason, Is.EqualTo(RefusalReason.Full));
        Assert.That(refusal.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public async Task Start_ThatIsRefused_StoresAndGeneratesNothing()
    {
        var store = new Mock<IEventStreamStore>(MockBehavior.Strict);
        using var fixture = new ServiceFixture(store.Object, ModelGenerator.Object, StoryGenerator.Object);

        await fixture.Service.StartAsync(ServiceFixture.Caller, new StartRequest { Source = "poem" }, CancellationToken.None);
        await fixture.Service.StartAsync(ServiceFixture.Caller, new StartRequest { Source = "story" }, CancellationToken.None);
        await fixture.Service.StartAsync(ServiceFixture.Caller, new StartRequest { Source = "model" }, CancellationToken.None);

        store.VerifyNoOtherCalls();
        StoryGenerator.Verify(source => source.GenerateAsync(It.IsAny<GenerationRequest>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Test]
    public async Task Start_WhoseClientDisconnects_IsStillStored()
    {
        var store = new Mock<IEventStreamStore>();
        using var fixture = new ServiceFixture(store.Object, StoryGenerator.Object);
        using var leaving = new CancellationTokenSource();

        await fixture.Service.StartAsync(ServiceFixture.Caller, StoryRequest(), leaving.Token);

        store.Verify(it => it.CreateAsync(It.Is<StreamHead>(head => head.Source == "story"), It.Is<EventBatch>(batch => batch.Count == 1), It.IsAny<byte[]?>(), CancellationToken.None));
    }

    [Test]
    public async Task Start_WithAnIdempotencyKey_JoinsTheStreamThatItStarted()
    {
        var request = new StartRequest { Prompt = "Hi", IdempotencyKey = "once" };

        var first = await StartAsync(request);
        var second = await StartAsync(request);

        Assert.That((second.Joined, second.State.Id), Is.EqualTo((true, first.State.Id)));
        ModelGenerator.Verify(source => source.GenerateAsync(It.IsAny<GenerationRequest>(), It.IsAny<CancellationToken>()), Times.AtMostOnce);
    }

    [Test]
    public async Task Start_ConcurrentlyWithTheSameIdempotencyKey_StartsOneGeneration()
    {
        var request = new StartRequest { Prompt = "Hi", IdempotencyKey = "once" };

        var starts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => StartAsync(request)))).Soon();

        Assert.That(starts.Select(started => started.State.Id).Distinct().Count(), Is.EqualTo(1));
        Assert.That(starts.Count(started => !started.Joined), Is.EqualTo(1));
        Assert.That(ModelGenerator.Invocations.Count(call => call.Method.Name == nameof(ITextGenerator.GenerateAsync)), Is.LessThanOrEqualTo(1));
    }

    private static readonly StartRequest[] OtherRequests =
    [
        new() { Prompt = "Hello" },
        new() { Prompt = "Hi", Source = "model" },
        new() { Prompt = "Hi", OnDisconnect = OnDisconnect.Continue },
        StoryRequest(),
        StoryRequest(("words", "4")),
    ];

    [TestCaseSource(nameof(OtherRequests))]
    public async Task Start_WithAnIdempotencyKeyOfAnotherRequest_IsRefused(StartRequest other)
    {
        await StartAsync(new StartRequest { Prompt = "Hi", IdempotencyKey = "once" });

        Assert.That((await RefuseAsync(other with { IdempotencyKey = "once" })).Reason, Is.EqualTo(RefusalReason.KeyReused));
    }

    [Test]
    public async Task Start_WithTheSameOptionsInAnotherOrder_IsTheSameRequest()
    {
        var first = await StartAsync(StoryRequest(("words", "2")) with { IdempotencyKey = "once" });

        var second = await StartAsync(new StartRequest
        {
            Source = "story",
            IdempotencyKey = "once",
            Options = new Dictionary<string, OptionValue> { ["words"] = new("2", OptionForm.Query), ["title"] = new("Tale", OptionForm.Query) },
        });

        Assert.That(second.State.Id, Is.EqualTo(first.State.Id));
    }

    [Test]
    public async Task StartViewing_ShowsTheStreamFromItsFirstEvent()
    {
        using var viewer = (await Service.StartViewingAsync(ServiceFixture.Caller, StoryRequest(), CancellationToken.None)).Value!;

        var events = await ReadAsync(viewer);

        Assert.That(events.Select(item => item.Kind), Is.EqualTo(
            new[] { EventKind.Started, EventKind.Segment, EventKind.Segment, EventKind.Segment, EventKind.Completed }));
        Assert.That(viewer.Position, Is.EqualTo(5));
    }

    [Test]
    public async Task StartViewing_WithAGraceOfZero_DoesNotStopItsGeneration()
    {
        Fixture.Streams.Grace = TimeSpan.Zero;
        using var viewer = (await Service.StartViewingAsync(ServiceFixture.Caller, new StartRequest { Prompt = "Hi" }, CancellationToken.None)).Value!;
        Fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await Fixture.StateOf(viewer.StreamId)).Status, Is.EqualTo(StreamStatus.Running));

        viewer.Dispose();

        Assert.That((await Fixture.EndOf(viewer.StreamId)).Reason, Is.EqualTo("abandoned"));
    }

    [Test]
    public async Task StartViewing_WithTheIdempotencyKeyOfAStreamThatEnded_ShowsAllOfIt()
    {
        var request = StoryRequest() with { IdempotencyKey = "once" };
        var streamId = (await StartAsync(request)).State.Id;
        await Fixture.EndOf(streamId);

        using var viewer = (await Service.StartViewingAsync(ServiceFixture.Caller, request, CancellationToken.None)).Value!;

        Assert.That(viewer.StreamId, Is.EqualTo(streamId));
        Assert.That(await ReadAsync(viewer), Has.Count.EqualTo(5));
    }

    [Test]
    public async Task Continue_WithoutViewers_Runs()
    {
        var streamId = await Fixture.StartAsync(new StartRequest { Prompt = "Hi", OnDisconnect = OnDisconnect.Continue });
        (await Service.ViewAsync(ServiceFixture.Caller, streamId, 0, CancellationToken.None)).Value!.Dispose();

        Fixture.Time.Advance(TimeSpan.FromHours(1));

        Assert.That(Fixture.Runner.Find(streamId), Is.Not.Null);
        await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None);
    }

    [Test]
    public async Task Start_OfASharedSource_JoinsTheRunningGenerationOfAnEqualRequest()
    {
        using var fixture = new ServiceFixture(store: null, Generators.Create(new SourceDescription("ticker", "A ticker.")
        {
            IsShared = true,
            Options = [new("city", OptionType.Text, "City.") { Default = "Rome" }],
        }, Generators.Waiting("Tick")));
        static StartRequest In(string city) => new() { Options = new Dictionary<string, OptionValue> { ["city"] = new(city, OptionForm.Query) } };

        var starts = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => fixture.StartAsync()))).Soon();
        var spelledOut = await fixture.StartAsync(In("Rome"));
        var elsewhere = await fixture.StartAsync(In("Oslo"));

        Assert.That(starts.Append(spelledOut).Distinct(), Is.EqualTo(new[] { starts[0] }));
        Assert.That(elsewhere, Is.Not.EqualTo(starts[0]));
        await fixture.Service.StopAsync(ServiceFixture.Caller, starts[0], CancellationToken.None);
        Assert.That(await fixture.StartAsync(), Is.Not.EqualTo(starts[0]), "a generation that has ended is not joined");
    }

    [Test]
    public async Task Start_OfASharedSource_RunsWithoutViewersOnlyIfARequestContinues()
    {
        using var fixture = new ServiceFixture(store: null, Generators.Create(new SourceDescription("ticker", "A ticker.") { IsShared = true }, Generators.Waiting()));
        var streamId = await fixture.StartAsync();
        Assert.That(await fixture.StartAsync(new StartRequest { OnDisconnect = OnDisconnect.Continue }), Is.EqualTo(streamId));

        fixture.Time.Advance(TimeSpan.FromHours(1));

        Assert.That(fixture.Runner.Find(streamId), Is.Not.Null);
        await fixture.Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None);
    }
}
