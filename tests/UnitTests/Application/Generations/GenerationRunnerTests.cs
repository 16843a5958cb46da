using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Support;

namespace SseStreaming.UnitTests.Application.Generations;

/// <summary>However a generation goes, its stream ends with exactly one terminal event, which says how.</summary>
internal sealed class GenerationRunnerTests
{
    private readonly GenerationFixture _fixture = new();

    [Test]
    public async Task Generation_ThatCompletes_EndsAsCompleted()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Texts("Lorem", " ipsum")));

        Assert.That(end.Segments, Is.EqualTo(new[] { "Lorem", " ipsum" }));
        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Completed, "stop")));
    }

    [Test]
    public async Task Generation_ThatWritesNothing_EndsAsCompleted()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Texts()));

        Assert.That(end.Events, Has.Count.EqualTo(2));
        Assert.That(end.Ending, Is.EqualTo(EventKind.Completed));
    }

    [Test]
    public async Task Generation_ThatSaysHowItFinished_EndsWithThatReason()
    {
        static async IAsyncEnumerable<GeneratedText> Generate()
        {
            yield return "Cut sho";
            await Task.Yield();
            yield return new GeneratedText("", new GenerationFinish("length"));
        }

        var end = await _fixture.EndOf(await _fixture.StartAsync(_ => Generate()));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("Cut sho", EventKind.Completed, "length")));
    }

    [Test]
    public async Task Generation_OfEmptyTexts_ShowsNoEmptySegments()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Texts("", "a", "", "b", "")));

        Assert.That(end.Segments, Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task Generation_ThatThrowsBeforeItsFirstSegment_EndsAsFailed()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(new InvalidOperationException())));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("", EventKind.Failed, ProblemTypes.SourceFailed)));
    }

    [Test]
    public async Task Generation_WhoseGeneratorThrowsWhenItIsCalled_EndsAsFailed()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(_ => throw new InvalidOperationException()));

        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Failed, ProblemTypes.SourceFailed)));
    }

    [Test]
    public async Task Generation_ThatThrowsInTheMiddle_KeepsItsTextAndEndsAsFailed()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(new InvalidOperationException(), "Lorem", " ipsum")));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("Lorem ipsum", EventKind.Failed, ProblemTypes.SourceFailed)));
    }

    [Test]
    public async Task Generation_ThatThrows_LogsTheFaultButShowsNobodyItsWords()
    {
        var fault = new InvalidOperationException("Password=secret");

        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(fault)));

        Assert.That(end.Terminal.GetRawText(), Does.Not.Contain("secret"));
        Assert.That(_fixture.Log.Lines.Single(line => line.Level is LogLevel.Error).Exception, Is.SameAs(fault));
    }

    [Test]
    public async Task Generation_ThatFailsInItsOwnWords_EndsWithThem()
    {
        var fault = new GenerationFailedException("urn:busy", "The model is busy.", "It has 12 requests waiting.");

        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(fault, "Lorem")));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("Lorem", EventKind.Failed, "urn:busy")));
        Assert.That(end.Terminal.GetProperty("title").GetString(), Is.EqualTo("The model is busy."));
        Assert.That(end.Terminal.GetProperty("detail").GetString(), Is.EqualTo("It has 12 requests waiting."));
    }

    [Test]
    public async Task Generation_WhoseGeneratorCancelsItself_EndsAsFailed()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(new OperationCanceledException(), "Lorem")));

        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Failed, ProblemTypes.SourceFailed)));
    }

    [Test]
    public async Task Stop_BeforeTheFirstSegment_EndsAsStopped()
    {
        var streamId = await _fixture.StartAsync(Generators.Waiting());

        _fixture.Runner.Find(streamId)!.Stop(StopReason.Requested);

        var end = await _fixture.EndOf(streamId);
        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("", EventKind.Stopped, "requested")));
    }

    [Test]
    public async Task Stop_InTheMiddle_KeepsTheText()
    {
        var streamId = await _fixture.StartAsync(Generators.Waiting("Lorem", " ipsum"));
        await _fixture.ShownAsync(streamId, "Lorem ipsum");

        _fixture.Runner.Find(streamId)!.Stop(StopReason.Requested);

        var end = await _fixture.EndOf(streamId);
        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("Lorem ipsum", EventKind.Stopped, "requested")));
    }

    [Test]
    public async Task Stop_OfAGeneratorThatNeverWaits_EndsAsStopped()
    {
        static async IAsyncEnumerable<GeneratedText> Generate()
        {
            while (true)
                yield return "on and on ";
#pragma warning disable CS0162 // An iterator without an await is a warning of its own.
            await Task.Yield();
#pragma warning restore CS0162
        }
        var streamId = await _fixture.StartAsync(_ => Generate());
        await _fixture.ShownAsync(streamId, "on and on ");

        _fixture.Runner.Find(streamId)!.Stop(StopReason.Requested);

        Assert.That((await _fixture.EndOf(streamId)).Reason, Is.EqualTo("requested"));
    }

    [TestCase]
    [TestCase("Lorem")]
    public async Task Stop_OfAGeneratorThatHangsAndTakesNoNotice_ClosesTheStreamAtOnce(params string[] texts)
    {
        var hang = new Hang();
        var streamId = await _fixture.StartAsync(hang.After(texts));
        await hang.Reached.Soon();
        var generation = _fixture.Runner.Find(streamId)!;

        generation.Stop(StopReason.Requested);

        await generation.Ended.Soon();
        Assert.That(generation.Released.IsCompleted, Is.False);
        Assert.That(_fixture.Runner.Count, Is.EqualTo(1));
        hang.Release();
        var end = await _fixture.EndOf(streamId);
        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Stopped, "requested")));
    }

    [Test]
    public async Task Stop_Twice_TellsTheFirstReason()
    {
        var streamId = await _fixture.StartAsync(Generators.Waiting());
        var generation = _fixture.Runner.Find(streamId)!;

        generation.Stop(StopReason.Abandoned);
        generation.Stop(StopReason.Requested);
        generation.Stop(StopReason.Interrupted);

        Assert.That((await _fixture.EndOf(streamId)).Reason, Is.EqualTo("abandoned"));
    }

    [Test]
    public async Task Stop_AnsweredByTheGeneratorWithAFaultOfItsOwn_IsStillAStop()
    {
        static async IAsyncEnumerable<GeneratedText> Generate([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return "Lorem";
            var connection = new TaskCompletionSource();
            using var closing = cancellationToken.Register(() => connection.SetException(new IOException("The connection was closed.")));
            await connection.Task;
        }
        var streamId = await _fixture.StartAsync(Generate);
        await _fixture.ShownAsync(streamId, "Lorem");

        _fixture.Runner.Find(streamId)!.Stop(StopReason.Requested);

        var end = await _fixture.EndOf(streamId);
        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Stopped, "requested")));
        Assert.That(_fixture.Log.Lines.Select(line => line.Level), Has.None.GreaterThan(LogLevel.Information));
    }

    [Test]
    public async Task Stop_WhichAGeneratorsCallbackAnswersWithAnException_LeavesNothingBehind()
    {
        static async IAsyncEnumerable<GeneratedText> Generate([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            cancellationToken.Register(() => throw new InvalidOperationException("A bug of the source."));
            yield return "Lorem";
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        var streamId = await _fixture.StartAsync(Generate);
        await _fixture.ShownAsync(streamId, "Lorem");

        _fixture.Runner.Find(streamId)!.Stop(StopReason.Requested);

        Assert.That((await _fixture.EndOf(streamId)).Reason, Is.EqualTo("requested"));
    }

    [Test]
    public async Task Generation_CutByALimitWhoseGeneratorsCallbackThrows_LeavesNothingBehind()
    {
        _fixture.Options.MaxCharactersPerStream = 5;
        static async IAsyncEnumerable<GeneratedText> Generate([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            cancellationToken.Register(() => throw new InvalidOperationException("A bug of the source."));
            yield return "Lorem";
            await Task.Yield();
            yield return " ipsum";
        }

        var end = await _fixture.EndOf(await _fixture.StartAsync(Generate));

        Assert.That((end.Text, end.Reason), Is.EqualTo(("Lorem", "limit")));
    }

    [Test]
    public async Task Generation_WhoseGeneratorFailsToCleanUp_IsClosedAllTheSame()
    {
        static async IAsyncEnumerable<GeneratedText> Generate([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            try
            {
                yield return "Lorem";
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
            finally
            {
                // What else would a clean-up do that fails?
                Throw();
            }
        }
        static void Throw() => throw new InvalidOperationException();
        var streamId = await _fixture.StartAsync(Generate);
        await _fixture.ShownAsync(streamId, "Lorem");

        _fixture.Runner.Find(streamId)!.Stop(StopReason.Requested);

        Assert.That((await _fixture.EndOf(streamId)).Reason, Is.EqualTo("requested"));
    }

    [Test]
    public async Task Generation_ThatEnds_DisposesItsGenerator()
    {
        var disposed = new TaskCompletionSource();
        async IAsyncEnumerable<GeneratedText> Generate([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            try
            {
                yield return "Lorem";
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
            finally
            {
                disposed.SetResult();
            }
        }
        var streamId = await _fixture.StartAsync(Generate);
        await _fixture.ShownAsync(streamId, "Lorem");

        _fixture.Runner.Find(streamId)!.Stop(StopReason.Requested);

        await disposed.Task.Soon();
    }

    [TestCase("caf", "é", ExpectedResult = "café")]
    [TestCase("one\r", ExpectedResult = "one\r")]
    [TestCase("👩\u200d", ExpectedResult = "👩\u200d")]
    public async Task<string> Generation_ThatCompletes_ShowsWhatWasHeldBack(params string[] texts) =>
        (await _fixture.EndOf(await _fixture.StartAsync(Generators.Texts(texts)))).Text;

    [Test]
    public async Task Generation_ThatFails_ShowsWhatWasHeldBack()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(new IOException(), "café")));

        Assert.That((end.Text, end.Ending), Is.EqualTo(("café", EventKind.Failed)));
    }

    [Test]
    public async Task Stop_InTheMiddle_ShowsWhatWasHeldBack()
    {
        var streamId = await _fixture.StartAsync(Generators.Waiting("café"));
        await _fixture.ShownAsync(streamId, "caf");

        _fixture.Runner.Find(streamId)!.Stop(StopReason.Requested);

        Assert.That((await _fixture.EndOf(streamId)).Text, Is.EqualTo("café"));
    }

    [Test]
    public async Task Generation_OfAnyTextCutAnywhere_KeepsThePassageExactly()
    {
        var pieces = new[] { "1.\r", "\n2. ca", "f", "é\r", "\r\n", "\uD83D", "\uDE00", "\u200d", "🔥", " \u0600", "1", "end\uD800" };

        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Texts(pieces)));

        Assert.That(end.Text, Is.EqualTo(Texts.WellFormed(string.Concat(pieces))));
    }

    [Test]
    public async Task HostStop_EndsEveryOpenStreamAsInterrupted()
    {
        var streams = new List<StreamId>();
        for (var i = 0; i < 20; i++)
            streams.Add(await _fixture.StartAsync(Generators.Waiting("Lorem")));
        foreach (var streamId in streams)
            await _fixture.ShownAsync(streamId, "Lorem");

        await _fixture.Runner.StopAsync(CancellationToken.None).Soon();

        foreach (var streamId in streams)
        {
            var end = await _fixture.EndOf(streamId);
            Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("Lorem", EventKind.Failed, ProblemTypes.Interrupted)));
        }
    }

    [Test]
    public async Task HostStop_WithAGeneratorThatHangs_EndsItsStreamAndGivesUpWithTheHost()
    {
        var hang = new Hang();
        var streamId = await _fixture.StartAsync(hang.After("Lorem"));
        await hang.Reached.Soon();
        using var hostGivesUp = new CancellationTokenSource();

        var stop = _fixture.Runner.StopAsync(hostGivesUp.Token);

        await _fixture.Runner.Find(streamId)!.Ended.Soon();
        Assert.That(stop.IsCompleted, Is.False);
        await hostGivesUp.CancelAsync();
        await stop.Soon();
        hang.Release();
        Assert.That((await _fixture.EndOf(streamId)).Reason, Is.EqualTo(ProblemTypes.Interrupted));
    }

    [Test]
    public async Task Start_AfterHostStop_EndsAsInterrupted()
    {
        await _fixture.Runner.StopAsync(CancellationToken.None);

        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Waiting("Lorem")));

        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Failed, ProblemTypes.Interrupted)));
    }

    [Test]
    public async Task Stop_RacingWithTheEnd_LeavesExactlyOneTerminalEvent()
    {
        var endings = new Dictionary<EventKind, int>();
        for (var round = 0; round < 1_000; round++)
        {
            var texts = Channel.CreateUnbounded<GeneratedText>();
            var streamId = await _fixture.StartAsync(texts.Reader.ReadAllAsync);
            await texts.Writer.WriteAsync("Lorem");
            var generation = _fixture.Runner.Find(streamId)!;
            using var both = new Barrier(2);

            await Task.WhenAll(
                Task.Run(() =>
                {
                    both.SignalAndWait();
                    texts.Writer.Complete(round % 2 == 0 ? null : new IOException());
                }),
                Task.Run(() =>
                {
                    both.SignalAndWait();
                    generation.Stop(StopReason.Requested);
                })).Soon();

            var end = await _fixture.EndOf(streamId);
            endings[end.Ending] = endings.GetValueOrDefault(end.Ending) + 1;
        }
        TestContext.Out.WriteLine(string.Join(", ", endings));
        Assert.That(_fixture.Runner.Count, Is.Zero);
    }
}
