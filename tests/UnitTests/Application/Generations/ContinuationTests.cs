using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

/// <summary>A generation that is interrupted, or handed over, and continues on another node.</summary>
internal sealed class ContinuationTests
{
    private static readonly string[] Pieces = ["Lorem ", "你", "好。", "\r", "\n", "\ud83d", "\ude00", "e", "\u0301 ", "🇫", "🇷", " [END]", " end"];

    private readonly Dictionary<StreamId, byte[]?> _checkpoints = [];
    private GenerationFixture _fixture = null!;

    [SetUp]
    public void SetUp() => _fixture = new GenerationFixture(new StreamsOptions { Grace = TimeSpan.FromSeconds(5) }, store => new CheckpointStore(store, _checkpoints));

    [Test]
    public async Task HandedOver_AtAnyPiece_AnotherNodeWritesTheSameText([Range(0, 13)] int piece)
    {
        var whole = await TextOfAsync(new ResumableTexts(Pieces));
        var first = new ResumableTexts(Pieces) { BeforePiece = (i, token) => i == piece ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token) : Task.CompletedTask };
        var streamId = await StartAsync(first);
        await StoredAsync(streamId, string.Concat(Pieces[..piece]).Length);

        var generation = _fixture.Runner.Find(streamId)!;
        Assert.That(generation.HandOver(), Is.True);
        await generation.Ended.Soon();
        _fixture.Cluster.Verify(cluster => cluster.HandOverAsync(streamId, It.IsAny<CancellationToken>()), Times.Once);
        await GoneAsync(streamId);

        Assert.That(await TakeOverAsync(streamId, new ResumableTexts(Pieces)), Is.True);
        var passage = await _fixture.EndOf(streamId);
        Assert.That(passage.Ending, Is.EqualTo(EventKind.Completed));
        Assert.That(passage.Text, Is.EqualTo(whole));
    }

    [Test]
    public async Task HandOver_WithoutAValidCheckpoint_WaitsForTheNextOne()
    {
        var next = new TaskCompletionSource();
        var texts = new ResumableTexts("one ", "two ", "three ")
        {
            Checkpoint = count => count == 2 ? "2" : "",
            BeforePiece = (i, token) => i == 1 ? next.Task : WaitAt(2)(i, token),
        };
        var streamId = await StartAsync(texts);
        await _fixture.ShownAsync(streamId, "one ");

        var generation = _fixture.Runner.Find(streamId)!;
        Assert.That(generation.HandOver(), Is.False);
        Assert.That(generation.Ended.IsCompleted, Is.False);
        next.SetResult();
        await generation.Ended.Soon();

        Assert.That((await _fixture.ReadStoredAsync(streamId)).Text, Is.EqualTo("one two "));
        _fixture.Cluster.Verify(cluster => cluster.HandOverAsync(streamId, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Test]
    public async Task Stop_AfterTheHandOver_IsRequestedFromTheNextNode()
    {
        var streamId = await StartAsync(Waiting("one "));
        await _fixture.ShownAsync(streamId, "one ");
        var generation = _fixture.Runner.Find(streamId)!;

        generation.HandOver();

        Assert.That(generation.Stop(StopReason.Requested), Is.EqualTo(StopReason.HandedOver));
    }

    /// <summary>A node that was suspended for longer than its lease does not know that another node has its streams.</summary>
    [Test]
    public async Task LostStream_ItsNextOwnerGetsTheViewersAndTheStop()
    {
        var streamId = await StartAsync(Waiting("one "));
        await _fixture.ShownAsync(streamId, "one ");
        using var viewer = _fixture.View(streamId);
        await _fixture.Store.AppendAsync(EventBatch.Create(streamId, 3, new StreamEvent(EventKind.Segment, "by another node"u8.ToArray())), CancellationToken.None);

        _fixture.Runner.Find(streamId)!.Stop(StopReason.Requested);
        await GoneAsync(streamId);

        _fixture.Cluster.Verify(cluster => cluster.ReportViewersAsync(streamId, 1, It.IsAny<CancellationToken>()), Times.Once);
        _fixture.Cluster.Verify(cluster => cluster.RequestStopAsync(streamId, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Test]
    public async Task HandOver_AfterAStop_EndsAsStopped()
    {
        var streamId = await StartAsync(Waiting("one "));
        await _fixture.ShownAsync(streamId, "one ");
        var generation = _fixture.Runner.Find(streamId)!;

        generation.Stop(StopReason.Requested);
        generation.HandOver();

        var passage = await _fixture.EndOf(streamId);
        Assert.That((passage.Ending, passage.Reason), Is.EqualTo((EventKind.Stopped, "requested")));
        _fixture.Cluster.Verify(cluster => cluster.HandOverAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Test]
    public async Task Continued_GetsTheStoredTextAndItsLength()
    {
        var streamId = await InterruptAsync("one ", "你");
        var texts = new ResumableTexts("one ", "你", "好");

        Assert.That(await TakeOverAsync(streamId, texts), Is.True);
        await _fixture.EndOf(streamId);

        Assert.That(texts.Requests.Single().Subject, Is.EqualTo("alice"), "the owner of the stream");
        var point = texts.Points.Single();
        Assert.That((point.Checkpoint, point.Characters), Is.EqualTo(("2", 5L)));
        Assert.That(await point.ReadTextAsync(CancellationToken.None), Is.EqualTo("one 你"));
    }

    [TestCase(3, ExpectedResult = true)]
    [TestCase(4, ExpectedResult = false)]
    public async Task<bool> TakeOvers_WithoutASegment_HaveALimit(int takeOvers)
    {
        var streamId = await InterruptAsync("one ");
        return await TakeOverAsync(streamId, new ResumableTexts("one ", "two "), takeOvers);
    }

    [Test]
    public async Task StopRequest_BeforeTheTakeOver_StopsTheGeneration()
    {
        var streamId = await InterruptAsync("one ");

        await TakeOverAsync(streamId, Waiting("one ", "two "), isStopRequested: true);

        var passage = await _fixture.EndOf(streamId);
        Assert.That((passage.Ending, passage.Reason), Is.EqualTo((EventKind.Stopped, "requested")));
    }

    [TestCase("", ExpectedResult = false, Description = "The generator has said that it can't be continued.")]
    [TestCase(null, ExpectedResult = false, Description = "It has text, and no checkpoint.")]
    [TestCase("1", ExpectedResult = true)]
    public async Task<bool> Checkpoint_DecidesWhetherAGenerationContinues(string? checkpoint)
    {
        var streamId = await InterruptAsync("one ");
        _checkpoints[streamId] = checkpoint is null ? null : new GenerationCheckpoint(checkpoint, "").Encode();
        return await TakeOverAsync(streamId, new ResumableTexts("one ", "two "));
    }

    [Test]
    public async Task WithoutTextAndCheckpoint_AGenerationStartsAgain()
    {
        var streamId = await InterruptAsync();
        var texts = new ResumableTexts("one ");

        Assert.That(await TakeOverAsync(streamId, texts), Is.True);

        Assert.That((await _fixture.EndOf(streamId)).Text, Is.EqualTo("one "));
        Assert.That(texts.Points, Is.Empty);
    }

    /// <summary>The next node is restarted, too, before the generator has produced anything.</summary>
    [Test]
    public async Task WithoutTextAndCheckpoint_AContinuedGenerationCanBeHandedOverAgain()
    {
        var streamId = await InterruptAsync();
        await TakeOverAsync(streamId, new ResumableTexts("one ") { Continuation = ContinuationMode.WhenViewed });

        Assert.That(_fixture.Runner.Find(streamId)!.HandOver(), Is.True);
        await GoneAsync(streamId);

        await TakeOverAsync(streamId, new ResumableTexts("one "));
        Assert.That((await _fixture.EndOf(streamId)).Text, Is.EqualTo("one "));
    }

    [Test]
    public async Task WithoutTheRequest_NothingContinues()
    {
        var streamId = await InterruptAsync("one ");
        Assert.That(await TakeOverAsync(streamId, new ResumableTexts("one ", "two "), isKept: false), Is.False);
    }

    [Test]
    public async Task PaidSource_IsAskedOnlyWhenAViewerIsBack()
    {
        var streamId = await InterruptAsync("one ");
        var texts = new ResumableTexts("one ", "two ") { Continuation = ContinuationMode.WhenViewed };
        await TakeOverAsync(streamId, texts);
        Assert.That(texts.Calls, Is.Zero);

        using var viewer = _fixture.View(streamId);

        Assert.That((await _fixture.EndOf(streamId)).Text, Is.EqualTo("one two "));
        Assert.That(texts.Calls, Is.EqualTo(1));
    }

    [Test]
    public async Task PaidSource_WithAViewerOnAnotherNode_IsAskedAtOnce()
    {
        var streamId = await InterruptAsync("one ");
        _fixture.Cluster.Setup(cluster => cluster.CountViewersElsewhereAsync(streamId, It.IsAny<CancellationToken>())).ReturnsAsync(1);

        await TakeOverAsync(streamId, new ResumableTexts("one ", "two ") { Continuation = ContinuationMode.WhenViewed });

        Assert.That((await _fixture.EndOf(streamId)).Ending, Is.EqualTo(EventKind.Completed));
    }

    [Test]
    public async Task PaidSource_WithoutAViewer_IsAbandonedAfterTheGraceAndNeverAsked()
    {
        var streamId = await InterruptAsync("one ");
        var texts = new ResumableTexts("one ", "two ") { Continuation = ContinuationMode.WhenViewed };
        await TakeOverAsync(streamId, texts);

        _fixture.Time.Advance(_fixture.Options.Grace);

        var passage = await _fixture.EndOf(streamId);
        Assert.That((passage.Ending, passage.Reason, passage.Text), Is.EqualTo((EventKind.Stopped, "abandoned", "one ")));
        Assert.That(texts.Calls, Is.Zero);
    }

    [Test]
    public async Task PaidSource_ThatContinuesWithoutViewers_IsAskedAtOnce()
    {
        var streamId = await InterruptAsync("one ");
        var texts = new ResumableTexts("one ", "two ") { Continuation = ContinuationMode.WhenViewed };

        await TakeOverAsync(streamId, texts, continueUnviewed: true);

        Assert.That((await _fixture.EndOf(streamId)).Text, Is.EqualTo("one two "));
    }

    [Test]
    public async Task CheckpointThatIsTooLong_IsLoggedAndEndsTheAbilityToContinue()
    {
        var texts = new ResumableTexts("one ", "two ") { Checkpoint = _ => new string('x', GeneratedText.MaxCheckpointBytes + 1), BeforePiece = WaitAt(2) };
        var streamId = await StartAsync(texts);
        await _fixture.ShownAsync(streamId, "one two ");

        Assert.That(_fixture.Runner.Find(streamId)!.HandOver(), Is.False);
        Assert.That(_fixture.Log.Lines.Select(line => line.Message), Has.Some.Contains("can't be continued"));
    }

    [Test]
    public async Task UnchangedCheckpoint_IsStoredOnce()
    {
        var texts = new ResumableTexts("one ", "two ", "three ") { Checkpoint = count => count == 1 ? "seed" : null, BeforePiece = async (_, _) => await Task.Yield() };
        var streamId = await StartAsync(texts);
        await _fixture.EndOf(streamId);

        Assert.That(((CheckpointStore)_fixture.Store).Written, Is.EqualTo(1));
    }

    private static ResumableTexts Waiting(params string[] pieces) => new(pieces) { BeforePiece = WaitAt(pieces.Length) };

    private static Func<int, CancellationToken, Task> WaitAt(int piece) =>
        (i, token) => i == piece ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token) : Task.CompletedTask;

    private Task<StreamId> StartAsync(ResumableTexts texts) => _fixture.StartKeptAsync(texts);

    private async Task<string> TextOfAsync(ResumableTexts texts) => (await _fixture.EndOf(await StartAsync(texts))).Text;

    /// <summary>A stream whose generation was interrupted after some pieces.</summary>
    private async Task<StreamId> InterruptAsync(params string[] pieces)
    {
        var streamId = await StartAsync(Waiting(pieces));
        await StoredAsync(streamId, string.Concat(pieces).Length);
        _fixture.Runner.Find(streamId)!.HandOver();
        await GoneAsync(streamId);
        return streamId;
    }

    private async Task<bool> TakeOverAsync(
        StreamId streamId, ResumableTexts texts, int takeOvers = 1, bool isStopRequested = false, bool isKept = true, bool continueUnviewed = false)
    {
        var record = (await _fixture.Store.FindAsync(streamId, CancellationToken.None))!;
        record = record with { Head = record.Head with { Owner = "alice" } };
        var request = KeptRequest.From("test", new GenerationRequest(null, SourceOptions.None), continueUnviewed, "client").Encode();
        var cluster = new Mock<IStreamCluster>();
        cluster.SetupSequence(it => it.TakeOverAsync(It.IsAny<CancellationToken>()))
            .ReturnsAsync([new TakenStream(record, isKept ? request : null, _checkpoints.GetValueOrDefault(streamId), takeOvers, isStopRequested)])
            .ReturnsAsync([]);
        using var takeOver = _fixture.CreateTakeOver(cluster.Object, NullLogger<ClusterMember>.Instance, texts);
        await takeOver.RunAsync(CancellationToken.None);
        var after = (await _fixture.Store.FindAsync(streamId, CancellationToken.None))!;
        return after.Ending is not EventKind.Failed;
    }

    /// <summary>Waits until the generator has produced a number of characters, and all but what is held back is stored.</summary>
    private async Task StoredAsync(StreamId streamId, int characters) => await SseStreaming.UnitTests.Testing.Waiting.Until(
        () => GetLength(_checkpoints.GetValueOrDefault(streamId)) + (_fixture.Store.FindAsync(streamId, CancellationToken.None).AsTask().Result?.Characters ?? 0) >= characters
            || characters == 0,
        "the text is stored");

    private static int GetLength(byte[]? checkpoint) => checkpoint is not null && GenerationCheckpoint.TryDecode(checkpoint, out var decoded) ? decoded.Held.Length : 0;

    private Task GoneAsync(StreamId streamId) => SseStreaming.UnitTests.Testing.Waiting.Until(() => _fixture.Runner.Find(streamId) is null, "the generation has left");

    /// <summary>Keeps the checkpoints, which the memory store does not.</summary>
    private sealed class CheckpointStore(IEventStreamStore inner, Dictionary<StreamId, byte[]?> checkpoints) : DelegatingStore(inner)
    {
        public int Written { get; private set; }

        public override ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken)
        {
            Keep(batch.StreamId, checkpoint);
            return base.AppendAsync(batch, checkpoint, cancellationToken);
        }

        public override ValueTask<AppendResult> SaveCheckpointAsync(StreamId streamId, byte[] checkpoint, CancellationToken cancellationToken)
        {
            Keep(streamId, checkpoint);
            return new(AppendResult.Appended);
        }

        private void Keep(StreamId streamId, byte[]? checkpoint)
        {
            if (checkpoint is null)
                return;
            Written++;
            lock (checkpoints)
                checkpoints[streamId] = checkpoint;
        }
    }
}
