using System.Text;
using System.Text.Json;
using Moq;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Writing;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Writing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ExternalWriterTests
{
    private readonly WriterFixture _fixture = new();

    [Test]
    public async Task Append_StoresEachTextAsASegment_InOrder()
    {
        var streamId = await _fixture.CreateAsync("zero");
        var first = await _fixture.AppendAsync(streamId, "one");
        var second = await _fixture.AppendAsync(streamId, " two\r\n");

        Assert.That(await _fixture.TextsAsync(streamId), Is.EqualTo(new[] { "zero", "one", " two\r\n" }));
        Assert.That((first.Outcome, first.LastEventId.Sequence, first.IsClosed), Is.EqualTo((AppendOutcome.Appended, 3, false)));
        Assert.That(second.LastEventId.Sequence, Is.EqualTo(4));
    }

    [TestCase(null, EventKind.Completed)]
    [TestCase("Out of paper.", EventKind.Failed)]
    public async Task Append_WithAnEnd_ClosesTheStream(string? detail, EventKind kind)
    {
        var streamId = await _fixture.CreateAsync();
        var receipt = await _fixture.AppendAsync(streamId, "text", end: new ExternalEnd(detail is null ? null : new ExternalProblem(null, detail)));

        Assert.That((receipt.Outcome, receipt.IsClosed), Is.EqualTo((AppendOutcome.Appended, true)));
        var end = (await _fixture.ReadAsync(streamId))[^1];
        Assert.That(end.Kind, Is.EqualTo(kind));
        var data = JsonElement.Parse(end.Data.Span);
        Assert.That((data.GetProperty("segments").GetInt64(), data.GetProperty("characters").GetInt64()), Is.EqualTo((1, 4)));
        Assert.That(EventData.ReadReason(end), Is.EqualTo(detail is null ? "stop" : ProblemTypes.WriterFailed));
        Assert.That((await _fixture.AppendAsync(streamId, "more")).Outcome, Is.EqualTo(AppendOutcome.Closed));
    }

    [Test]
    public async Task Append_ByAProducer_IsStoredOnce_AndSaysWhatIsMissing()
    {
        var streamId = await _fixture.CreateAsync();
        Assert.That((await _fixture.AppendAsync(streamId, "a", At(0))).Outcome, Is.EqualTo(AppendOutcome.Appended));
        Assert.That((await _fixture.AppendAsync(streamId, "b", At(1))).Producer, Is.EqualTo(At(1)));

        var repeat = await _fixture.AppendAsync(streamId, "a", At(0));
        var gap = await _fixture.AppendAsync(streamId, "d", At(3));

        Assert.That((repeat.Outcome, repeat.LastEventId.Sequence, repeat.Producer), Is.EqualTo((AppendOutcome.Repeated, 3, At(1))));
        Assert.That((gap.Outcome, gap.ExpectedSequence, gap.ReceivedSequence), Is.EqualTo((AppendOutcome.Gap, 2, 3)));
        Assert.That(await _fixture.TextsAsync(streamId), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task Append_ThatEndedTheStream_CanBeRepeated()
    {
        var streamId = await _fixture.CreateAsync();
        await _fixture.AppendAsync(streamId, "a", At(0), new ExternalEnd());

        var repeat = await _fixture.AppendAsync(streamId, "a", At(0), new ExternalEnd());
        var later = await _fixture.AppendAsync(streamId, "b", At(1));

        Assert.That((repeat.Outcome, repeat.IsClosed), Is.EqualTo((AppendOutcome.Repeated, true)));
        Assert.That((later.Outcome, later.IsClosed), Is.EqualTo((AppendOutcome.Closed, true)));
    }

    [Test]
    public async Task Appends_ThatArriveDuringAnother_BecomeOneAppendToTheStore_EachDecidedInOrder()
    {
        var streamId = await _fixture.CreateAsync();
        var held = new TaskCompletionSource();
        _fixture.Store.OnAppend = async append =>
        {
            await held.Task;
            return await append();
        };
        var first = _fixture.TryAppendAsync(streamId, "0");
        await Waiting.Until(() => _fixture.Store.Appends == 1, "the first append reaches the store");
        var others = Enumerable.Range(0, 10).Select(i => _fixture.TryAppendAsync(streamId, $"{i + 1}", At(i % 9))).ToList();
        Assert.That(others.TrueForAll(other => !other.IsCompleted), Is.True);

        held.SetResult();

        await first.Soon();
        var receipts = (await Task.WhenAll(others).Soon()).Select(outcome => outcome.Value!.Outcome).ToList();
        Assert.That(receipts.Take(9), Has.All.EqualTo(AppendOutcome.Appended));
        Assert.That(receipts[9], Is.EqualTo(AppendOutcome.Repeated), "the first position again, in the same append");
        Assert.That(await _fixture.TextsAsync(streamId), Is.EqualTo(Enumerable.Range(0, 10).Select(i => $"{i}")));
        Assert.That(_fixture.Store.Appends, Is.EqualTo(2));
    }

    [Test]
    public async Task Append_WhoseAnswerIsLost_IsRepeatedWithoutASecondEvent()
    {
        var streamId = await _fixture.CreateAsync();
        var isLost = false;
        _fixture.Store.OnAppend = async append =>
        {
            var result = await append();
            return isLost ? result : throw Lose();
        };
        Exception Lose()
        {
            isLost = true;
            return Faults.StoreDown;
        }

        var appending = _fixture.TryAppendAsync(streamId, "once");
        await AdvanceUntilAsync(appending);

        Assert.That((await appending).Value!.Outcome, Is.EqualTo(AppendOutcome.Appended));
        Assert.That(await _fixture.TextsAsync(streamId), Is.EqualTo(new[] { "once" }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Append_BeyondThePatience_IsRefused_AndItsRepeatFindsWhatBecameOfIt(bool wasStored)
    {
        var streamId = await _fixture.CreateAsync("first");
        _fixture.Store.OnAppend = async append =>
        {
            if (wasStored)
                await append();
            throw Faults.StoreDown;
        };
        var appending = _fixture.TryAppendAsync(streamId, "a", At(0));
        await AdvanceUntilAsync(appending);
        Assert.That((await appending).Refusal!.Reason, Is.EqualTo(RefusalReason.StoreUnavailable));

        _fixture.Store.OnAppend = append => append();
        var other = await _fixture.AppendAsync(streamId, "b");
        var repeat = await _fixture.AppendAsync(streamId, "a", At(0));

        // The store is asked for the unconfirmed append first, so it comes before the other one in any case.
        Assert.That(other.LastEventId.Sequence, Is.EqualTo(4));
        Assert.That(repeat.Outcome, Is.EqualTo(AppendOutcome.Repeated));
        Assert.That(await _fixture.TextsAsync(streamId), Is.EqualTo(new[] { "first", "a", "b" }));
    }

    [Test]
    public async Task Append_AfterAnotherNodeHasAppended_TakesTheStream_AndDecidesByItsState()
    {
        var streamId = await _fixture.CreateAsync();
        var other = _fixture.CreateNode();
        await _fixture.AppendAsync(streamId, "a", At(0));
        await _fixture.AppendAsync(streamId, "b", At(1), node: other);

        // By the state in memory an append is missing, which is not to be believed before the store was asked.
        var next = await _fixture.AppendAsync(streamId, "c", At(2));
        var repeat = await _fixture.AppendAsync(streamId, "b", At(1));

        Assert.That((next.Outcome, repeat.Outcome), Is.EqualTo((AppendOutcome.Appended, AppendOutcome.Repeated)));
        Assert.That(await _fixture.TextsAsync(streamId), Is.EqualTo(new[] { "a", "b", "c" }));
    }

    [Test]
    public async Task Appends_OnTwoNodesInTurn_AreAllStoredOnce()
    {
        var streamId = await _fixture.CreateAsync();
        var other = _fixture.CreateNode();
        for (var i = 0; i < 20; i++)
        {
            var node = i % 2 == 0 ? _fixture.Writers : other;
            Assert.That((await _fixture.AppendAsync(streamId, $"{i},", At(i), node: node)).Outcome, Is.EqualTo(AppendOutcome.Appended));
        }
        Assert.That(string.Concat(await _fixture.TextsAsync(streamId)), Is.EqualTo(string.Concat(Enumerable.Range(0, 20).Select(i => $"{i},"))));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Append_ThatIsRefusedAlthoughItWasStored_IsNotAppendedAgain(bool hasProducer)
    {
        var streamId = await _fixture.CreateAsync();
        _fixture.Store.OnAppend = async append =>
        {
            // The answer of the first attempt is lost, and another node takes the stream before the second one.
            await append();
            _fixture.Store.OnAppend = again => again();
            return AppendResult.Refused;
        };

        var outcome = await _fixture.TryAppendAsync(streamId, "a", hasProducer ? At(0) : null).Soon();

        Assert.That(await _fixture.TextsAsync(streamId), Is.EqualTo(new[] { "a" }));
        if (hasProducer)
            Assert.That(outcome.Value!.Outcome, Is.EqualTo(AppendOutcome.Repeated));
        else
            Assert.That(outcome.Refusal!.Reason, Is.EqualTo(RefusalReason.StoreUnavailable));
    }

    [Test]
    public async Task Append_BeyondALimitOfTheStream_ChangesNothing()
    {
        _fixture.Options.MaxCharactersPerStream = 10;
        var streamId = await _fixture.CreateAsync("1234567");

        var refused = await _fixture.TryAppendAsync(streamId, "8901", At(0)).Soon();
        var fits = await _fixture.AppendAsync(streamId, "890", At(0));

        Assert.That(refused.Refusal!.Reason, Is.EqualTo(RefusalReason.TooLarge));
        Assert.That(fits.Outcome, Is.EqualTo(AppendOutcome.Appended));
        Assert.That(await _fixture.TextsAsync(streamId), Is.EqualTo(new[] { "1234567", "890" }));
    }

    [Test]
    public async Task Append_LeavesOneEventForTheEnd()
    {
        _fixture.Options.MaxEventsPerStream = 4;
        var streamId = await _fixture.CreateAsync("2", "3");

        Assert.That((await _fixture.TryAppendAsync(streamId, "4").Soon()).Refusal!.Reason, Is.EqualTo(RefusalReason.TooLarge));
        Assert.That((await _fixture.AppendAsync(streamId, "", end: new ExternalEnd())).LastEventId.Sequence, Is.EqualTo(4));
    }

    [Test]
    public async Task Append_ToAFullStore_IsRefused_ButTheEndIsStored()
    {
        var streamId = await _fixture.CreateAsync("text");
        _fixture.Options.MaxTotalBytes = 1;

        Assert.That((await _fixture.TryAppendAsync(streamId, "more").Soon()).Refusal!.Reason, Is.EqualTo(RefusalReason.Full));
        Assert.That((await _fixture.AppendAsync(streamId, "", end: new ExternalEnd())).IsClosed, Is.True);
    }

    [Test]
    public async Task Append_CutsLongTextBetweenGraphemes_AndTextThatLooksLikeTheSentinel()
    {
        var streamId = await _fixture.CreateAsync();
        var longText = string.Concat(Enumerable.Repeat("e\u0301", TextSegments.MaxCharacters)) + "x";
        await _fixture.AppendAsync(streamId, "x" + longText);
        await _fixture.AppendAsync(streamId, " [END]\n");

        var texts = await _fixture.TextsAsync(streamId);

        Assert.That(string.Concat(texts), Is.EqualTo("x" + longText + " [END]\n"));
        Assert.That(texts, Has.All.Length.LessThanOrEqualTo(TextSegments.MaxCharacters));
        Assert.That(texts[..^3], Has.All.EndsWith("\u0301"));
        Assert.That(texts, Has.None.Matches<string>(text => text?.Trim() == "[END]"));
    }

    [Test]
    public async Task Append_ToAnUnknownStream_IsRefused() =>
        Assert.That((await _fixture.TryAppendAsync(StreamId.New(), "a").Soon()).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));

    [Test]
    public async Task Append_WhileTheServerDrains_IsRefused_AndTheStreamStaysOpen()
    {
        var streamId = await _fixture.CreateAsync("a");
        _fixture.Drain.Begin();

        var outcome = await _fixture.TryAppendAsync(streamId, "b").Soon();
        await _fixture.Writers.StopAsync(CancellationToken.None).Soon();

        Assert.That((outcome.Refusal!.Reason, outcome.Refusal!.RetryAfter > TimeSpan.Zero), Is.EqualTo((RefusalReason.Stopping, true)));
        Assert.That((await _fixture.FindAsync(streamId)).Ending, Is.Null);
    }

    [Test]
    public async Task Idle_EndsTheStreamAsFailed_CountedFromTheLastAppend()
    {
        var streamId = await _fixture.CreateAsync();
        _fixture.Time.Advance(TimeSpan.FromMinutes(9));
        await _fixture.AppendAsync(streamId, "a");
        _fixture.Time.Advance(TimeSpan.FromMinutes(9));
        await _fixture.AppendAsync(streamId, "b");
        Assert.That((await _fixture.FindAsync(streamId)).Ending, Is.Null);

        await AdvanceUntilEndedAsync(streamId);

        var end = (await _fixture.ReadAsync(streamId))[^1];
        Assert.That((end.Kind, EventData.ReadReason(end)), Is.EqualTo((EventKind.Failed, ProblemTypes.Idle)));
        Assert.That(await _fixture.TextsAsync(streamId), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task Idle_OnANodeWhoseStreamAnotherOneHasTaken_EndsNothing()
    {
        var streamId = await _fixture.CreateAsync();
        var other = _fixture.CreateNode();
        _fixture.Time.Advance(TimeSpan.FromMinutes(9));
        await _fixture.AppendAsync(streamId, "a", node: other);
        var appends = _fixture.Store.Appends;

        _fixture.Time.Advance(TimeSpan.FromMinutes(2));

        await Waiting.Until(() => _fixture.Store.Appends > appends, "the first node tries to end the stream");
        Assert.That((await _fixture.FindAsync(streamId)).Ending, Is.Null);
        await AdvanceUntilEndedAsync(streamId);
        Assert.That(_fixture.Time.GetUtcNow() - (await _fixture.FindAsync(streamId)).Head.Created, Is.GreaterThanOrEqualTo(TimeSpan.FromMinutes(19)));
    }

    [Test]
    public async Task Stop_EndsTheStream_AndItsProducerSeesTheEnd()
    {
        var streamId = await _fixture.CreateAsync();
        await _fixture.AppendAsync(streamId, "a", At(0));

        await _fixture.Writers.WriteAsync(streamId, PendingWrite.Stop()).Soon();

        var end = (await _fixture.ReadAsync(streamId))[^1];
        Assert.That((end.Kind, EventData.ReadReason(end)), Is.EqualTo((EventKind.Stopped, "requested")));
        Assert.That((await _fixture.AppendAsync(streamId, "b", At(1))).Outcome, Is.EqualTo(AppendOutcome.Closed));
        Assert.That((await _fixture.AppendAsync(streamId, "a", At(0))).Outcome, Is.EqualTo(AppendOutcome.Repeated));
    }

    private static ProducerPosition At(long sequence) => new("p", 0, sequence);

    private Task AdvanceUntilEndedAsync(StreamId streamId) => Waiting.Until(() =>
    {
        _fixture.Time.Advance(TimeSpan.FromSeconds(1));
        return _fixture.Memory.FindAsync(streamId, CancellationToken.None).Result!.Ending is not null;
    }, "the stream ends");

    private Task AdvanceUntilAsync(Task done) => Waiting.Until(() =>
    {
        _fixture.Time.Advance(TimeSpan.FromMilliseconds(100));
        return done.IsCompleted;
    }, "the append is answered");
}
