using System.Text;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Support;

namespace SseStreaming.UnitTests.Application;

/// <summary>What can be done with streams, over sources that say what a test needs.</summary>
internal sealed class TextStreamServiceTests
{
    private static readonly SourceDescription Story = new("story", "A story.")
    {
        Options =
        [
            new("words", OptionType.Integer, "Words.") { Minimum = 1, Maximum = 9, Default = 3L },
            new("title", OptionType.Text, "Title.") { Required = true },
        ],
    };

    private static readonly SourceDescription Model = new("model", "A model.") { Prompt = PromptUse.Required };

    private readonly Mock<ITextGenerator> _story = Generators.Mock(Story, Generators.Texts("Once", " upon", " a time"));
    private readonly Mock<ITextGenerator> _model = Generators.Mock(Model, Generators.Waiting("Hello"));
    private ServiceFixture _fixture = null!;

    private TextStreamService Service => _fixture.Service;

    [SetUp]
    public void SetUp() => _fixture = new ServiceFixture(store: null, _model.Object, _story.Object);

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [Test]
    public async Task Start_BeginsAGenerationThatRunsByItself()
    {
        var started = await StartAsync(StoryRequest());

        Assert.That(started.Joined, Is.False);
        Assert.That(started.State.Source, Is.EqualTo("story"));
        Assert.That(started.State.Created, Is.EqualTo(_fixture.Time.GetUtcNow()));
        var end = await _fixture.EndOf(started.State.Id);
        Assert.That((end.Status, end.Segments, end.Characters, end.Reason), Is.EqualTo((StreamStatus.Completed, 3L, 16L, "stop")));
    }

    [Test]
    public async Task Start_AsksTheSourceForWhatWasSentCompletedWithDefaults()
    {
        await _fixture.EndOf((await StartAsync(StoryRequest() with { Prompt = "Go on." })).State.Id);

        _story.Verify(source => source.GenerateAsync(
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
    public async Task Start_WithBadOptions_IsRefusedWithAllOfThemAtOnce()
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
        _fixture.Limits.PromptCharacters = 5;

        Assert.That((await Service.StartAsync(ServiceFixture.Caller, new StartRequest { Prompt = "12345" }, CancellationToken.None)).Refusal, Is.Null);
        var refusal = await RefuseAsync(new StartRequest { Prompt = "123456" });

        Assert.That(refusal.Errors!["prompt"].Single(), Is.EqualTo("'prompt' is longer than 5 characters."));
    }

    [Test]
    public async Task Start_ThatTheSourceObjectsTo_IsRefusedWithItsWords()
    {
        var objection = Refusal.Invalid("title", "There is no such tale.");
        _story.Setup(source => source.ValidateAsync(It.IsAny<GenerationRequest>(), It.IsAny<CancellationToken>())).ReturnsAsync(objection);

        Assert.That(await RefuseAsync(StoryRequest()), Is.SameAs(objection));
    }

    [Test]
    public async Task Start_WhileTheServerStops_IsRefusedForAMoment()
    {
        _fixture.Drain.Begin();

        var refusal = await RefuseAsync(StoryRequest());

        Assert.That(refusal.Reason, Is.EqualTo(RefusalReason.Stopping));
        Assert.That(refusal.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public async Task Start_InAFullStore_IsRefusedForAWhile()
    {
        _fixture.Streams.MaxStreams = 1;
        await StartAsync(new StartRequest { Prompt = "Hi" });

        var refusal = await RefuseAsync(new StartRequest { Prompt = "Hi" });

        Assert.That(refusal.Reason, Is.EqualTo(RefusalReason.Full));
        Assert.That(refusal.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public async Task Start_ThatIsRefused_StoresNothingAndGeneratesNothing()
    {
        var store = new Mock<IEventStreamStore>(MockBehavior.Strict);
        using var fixture = new ServiceFixture(store.Object, _model.Object, _story.Object);

        await fixture.Service.StartAsync(ServiceFixture.Caller, new StartRequest { Source = "poem" }, CancellationToken.None);
        await fixture.Service.StartAsync(ServiceFixture.Caller, new StartRequest { Source = "story" }, CancellationToken.None);
        await fixture.Service.StartAsync(ServiceFixture.Caller, new StartRequest { Source = "model" }, CancellationToken.None);

        store.VerifyNoOtherCalls();
        _story.Verify(source => source.GenerateAsync(It.IsAny<GenerationRequest>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Test]
    public async Task Start_WhoseClientLeavesMeanwhile_IsNotGivenUpByTheStore()
    {
        var store = new Mock<IEventStreamStore>();
        using var fixture = new ServiceFixture(store.Object, _story.Object);
        using var leaving = new CancellationTokenSource();

        await fixture.Service.StartAsync(ServiceFixture.Caller, StoryRequest(), leaving.Token);

        store.Verify(it => it.CreateAsync(It.Is<StreamHead>(head => head.Source == "story"), It.Is<EventBatch>(batch => batch.Count == 1), CancellationToken.None));
    }

    [Test]
    public async Task Start_WithAnIdempotencyKey_JoinsTheStreamThatItBegan()
    {
        var request = new StartRequest { Prompt = "Hi", IdempotencyKey = "once" };

        var first = await StartAsync(request);
        var second = await StartAsync(request);

        Assert.That((second.Joined, second.State.Id), Is.EqualTo((true, first.State.Id)));
        _model.Verify(source => source.GenerateAsync(It.IsAny<GenerationRequest>(), It.IsAny<CancellationToken>()), Times.AtMostOnce);
    }

    [Test]
    public async Task Start_ManyTimesAtOnceWithTheSameIdempotencyKey_BeginsOneGeneration()
    {
        var request = new StartRequest { Prompt = "Hi", IdempotencyKey = "once" };

        var starts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => StartAsync(request)))).Soon();

        Assert.That(starts.Select(started => started.State.Id).Distinct().Count(), Is.EqualTo(1));
        Assert.That(starts.Count(started => !started.Joined), Is.EqualTo(1));
        Assert.That(_fixture.Runner.Count, Is.EqualTo(1));
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
    public async Task StartViewing_WithGraceZero_DoesNotStopWhatItBegan()
    {
        _fixture.Streams.Grace = TimeSpan.Zero;
        using var viewer = (await Service.StartViewingAsync(ServiceFixture.Caller, new StartRequest { Prompt = "Hi" }, CancellationToken.None)).Value!;
        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await _fixture.StateOf(viewer.StreamId)).Status, Is.EqualTo(StreamStatus.Running));

        viewer.Dispose();

        Assert.That((await _fixture.EndOf(viewer.StreamId)).Reason, Is.EqualTo("abandoned"));
    }

    [Test]
    public async Task StartViewing_WithTheIdempotencyKeyOfAStreamThatEnded_ShowsAllOfIt()
    {
        var request = StoryRequest() with { IdempotencyKey = "once" };
        var streamId = (await StartAsync(request)).State.Id;
        await _fixture.EndOf(streamId);

        using var viewer = (await Service.StartViewingAsync(ServiceFixture.Caller, request, CancellationToken.None)).Value!;

        Assert.That(viewer.StreamId, Is.EqualTo(streamId));
        Assert.That(await ReadAsync(viewer), Has.Count.EqualTo(5));
    }

    [Test]
    public async Task View_AfterAnyEvent_GoesOnWithTheVeryNext()
    {
        var streamId = await _fixture.StartAsync(StoryRequest());
        await _fixture.EndOf(streamId);

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
        var streamId = await _fixture.StartAsync(StoryRequest());
        await _fixture.EndOf(streamId);

        return (await Service.ViewAsync(ServiceFixture.Caller, streamId, after, CancellationToken.None)).Refusal!.Reason;
    }

    [Test]
    public async Task View_AfterTheLastEventOfARunningStream_WaitsForMore()
    {
        var streamId = await _fixture.StartAsync(new StartRequest { Prompt = "Hi" });
        await Waiting.Until(() => _fixture.StateOf(streamId).Result.Segments == 1, "the first segment was stored");

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
        using var fixture = new ServiceFixture(store, _story.Object);

        using var joined = (await fixture.Service.ViewAsync(ServiceFixture.Caller, streamId, after: 0, CancellationToken.None)).Value!;
        using var resumed = (await fixture.Service.ViewAsync(ServiceFixture.Caller, streamId, after: 9, CancellationToken.None)).Value!;
        Assert.That((joined.Position, resumed.Position), Is.EqualTo((9L, 9L)), "who has seen nothing begins with what is kept");
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
        var streamId = await _fixture.StartAsync(new StartRequest { Prompt = "Hi" });

        var first = (await Service.ViewAsync(ServiceFixture.Caller, streamId, 0, CancellationToken.None)).Value!;
        using var second = (await Service.ViewAsync(ServiceFixture.Caller, streamId, 0, CancellationToken.None)).Value!;
        Assert.That((await _fixture.StateOf(streamId)).Viewers, Is.EqualTo(2));
        first.Dispose();

        Assert.That((await _fixture.StateOf(streamId)).Viewers, Is.EqualTo(1));
    }

    [Test]
    public async Task GetState_NamesTheLastEvent()
    {
        var streamId = await _fixture.StartAsync(StoryRequest());

        Assert.That((await _fixture.EndOf(streamId)).LastEventId, Is.EqualTo(new EventId(streamId, 5)));
    }

    [Test]
    public async Task ReadText_GivesThePassageExactly()
    {
        const string text = "1.\r\n2.\r 3.\n\ncafé 👩‍👩‍👧\0 ";
        _story.Setup(source => source.GenerateAsync(It.IsAny<GenerationRequest>(), It.IsAny<CancellationToken>()))
            .Returns(() => text.Select(c => (GeneratedText)c.ToString()).ToAsyncEnumerable());
        var streamId = await _fixture.StartAsync(StoryRequest());
        await _fixture.EndOf(streamId);

        var bytes = new List<byte>();
        await foreach (var piece in (await Service.ReadTextAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value!.Pieces)
            bytes.AddRange(piece.Span);

        Assert.That(Encoding.UTF8.GetString([.. bytes]), Is.EqualTo(text));
    }

    [Test]
    public async Task Stop_OfARunningGeneration_ReturnsWhenItsStreamIsClosed()
    {
        var streamId = await _fixture.StartAsync(new StartRequest { Prompt = "Hi" });

        var state = (await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value!;

        Assert.That((state.Status, state.Reason), Is.EqualTo((StreamStatus.Stopped, "requested")));
    }

    [Test]
    public async Task Stop_Twice_ChangesNothing()
    {
        var streamId = await _fixture.StartAsync(new StartRequest { Prompt = "Hi" });
        var first = (await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value;

        Assert.That((await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value, Is.EqualTo(first));
    }

    [Test]
    public async Task Stop_OfAGenerationThatCompleted_LeavesItCompleted()
    {
        var streamId = await _fixture.StartAsync(StoryRequest());
        await _fixture.EndOf(streamId);

        Assert.That((await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None)).Value!.Status, Is.EqualTo(StreamStatus.Completed));
    }

    [Test]
    public async Task Stop_OfAGenerationOfAnotherNode_AsksThatNodeAndGivesUpWaitingAfterAWhile()
    {
        var store = TrimmedStore(out var streamId);
        using var fixture = new ServiceFixture(store, _story.Object);

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
    public async Task Continue_WithoutViewers_RunsOn()
    {
        var streamId = await _fixture.StartAsync(new StartRequest { Prompt = "Hi", OnDisconnect = OnDisconnect.Continue });
        (await Service.ViewAsync(ServiceFixture.Caller, streamId, 0, CancellationToken.None)).Value!.Dispose();

        _fixture.Time.Advance(TimeSpan.FromHours(1));

        Assert.That(_fixture.Runner.Find(streamId), Is.Not.Null);
        await Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None);
    }

    [Test]
    public async Task Start_OfASharedSource_JoinsTheGenerationThatRunsForTheSameRequest()
    {
        using var fixture = new ServiceFixture(store: null, Generators.Of(new SourceDescription("ticker", "A ticker.")
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
        Assert.That(await fixture.StartAsync(), Is.Not.EqualTo(starts[0]), "what has ended is nobody's any more");
    }

    [Test]
    public async Task Start_OfASharedSource_WithoutItsViewersRunsOnOnlyIfOneAskedForThat()
    {
        using var fixture = new ServiceFixture(store: null, Generators.Of(new SourceDescription("ticker", "A ticker.") { IsShared = true }, Generators.Waiting()));
        var streamId = await fixture.StartAsync();
        Assert.That(await fixture.StartAsync(new StartRequest { OnDisconnect = OnDisconnect.Continue }), Is.EqualTo(streamId));

        fixture.Time.Advance(TimeSpan.FromHours(1));

        Assert.That(fixture.Runner.Find(streamId), Is.Not.Null);
        await fixture.Service.StopAsync(ServiceFixture.Caller, streamId, CancellationToken.None);
    }

    [Test]
    public void Sources_AreDescribedInTheOrderOfTheirNames()
    {
        Assert.That(Service.Sources, Is.EqualTo(new[] { Model, Story }));
        Assert.That(Service.DefaultSource, Is.EqualTo("model"));
    }

    private static StartRequest StoryRequest(params (string Name, string Value)[] options) => new()
    {
        Source = "story",
        Options = options.Prepend(("title", "Tale")).ToDictionary(option => option.Item1, option => new OptionValue(option.Item2, OptionForm.Query)),
    };

    /// <summary>A running stream of another node, of which events 10 to 20 are kept.</summary>
    private static IEventStreamStore TrimmedStore(out StreamId streamId)
    {
        var id = streamId = StreamId.New();
        var store = new Mock<IEventStreamStore>();
        store.Setup(it => it.FindAsync(id, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new StreamRecord(new StreamHead(id, "story", default), new StreamExtent(10, 20, false), null, 19, 100));
        store.Setup(it => it.ReadAsync(id, It.IsAny<long>(), It.IsAny<CancellationToken>())).ReturnsAsync(default(EventBatch));
        return store.Object;
    }

    private static async Task<List<StreamEvent>> ReadAsync(StreamViewer viewer)
    {
        var events = new List<StreamEvent>();
        await foreach (var batch in viewer.ReadAsync(TimeSpan.FromDays(1), CancellationToken.None))
        {
            for (var i = 0; i < batch.Count; i++)
                events.Add(batch[i]);
        }
        return events;
    }

    private async Task<StartedStream> StartAsync(StartRequest request)
    {
        var outcome = await Service.StartAsync(ServiceFixture.Caller, request, CancellationToken.None);
        Assert.That(outcome.Refusal?.Detail, Is.Null);
        return outcome.Value!;
    }

    private async Task<Refusal> RefuseAsync(StartRequest request) =>
        (await Service.StartAsync(ServiceFixture.Caller, request, CancellationToken.None)).Refusal ?? throw new AssertionException("The request was not refused.");
}
