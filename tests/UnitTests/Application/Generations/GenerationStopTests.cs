using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

/// <summary>A stopped generation closes its stream at once, and disposes its generator.</summary>
internal sealed class GenerationStopTests
{
    private readonly GenerationFixture _fixture = new();

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
    public async Task Stop_OfAGeneratorThatHangs_ClosesTheStreamAtOnce(params string[] texts)
    {
        var hang = new Hang();
        var streamId = await _fixture.StartAsync(hang.After(texts));
        await hang.Reached.Soon();
        var generation = _fixture.Runner.Find(streamId)!;

        generation.Stop(StopReason.Requested);

        await generation.Ended.Soon();
        Assert.That(generation.Released.IsCompleted, Is.False);
        Assert.That(_fixture.Runner.Find(streamId), Is.SameAs(generation));
        hang.Release();
        var end = await _fixture.EndOf(streamId);
        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Stopped, "requested")));
    }

    [Test]
    public async Task Stop_Twice_HasTheFirstReason()
    {
        var streamId = await _fixture.StartAsync(Generators.Waiting());
        var generation = _fixture.Runner.Find(streamId)!;

        generation.Stop(StopReason.Abandoned);
        generation.Stop(StopReason.Requested);
        generation.Stop(StopReason.Interrupted);

        Assert.That((await _fixture.EndOf(streamId)).Reason, Is.EqualTo("abandoned"));
    }

    [Test]
    public async Task Stop_ThatMakesTheGeneratorThrow_IsStillAStop()
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
    public async Task Stop_WithAGeneratorCallbackThatThrows_ReleasesTheGeneration()
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
    public async Task Generation_StoppedAtALimit_WithAGeneratorCallbackThatThrows_IsReleased()
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
    public async Task Generation_WhoseGeneratorFailsToCleanUp_IsClosed()
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
                // A fault during the disposal.
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

    [Test]
    public async Task Stop_InTheMiddle_ShowsTheHeldText()
    {
        var streamId = await _fixture.StartAsync(Generators.Waiting("café"));
        await _fixture.ShownAsync(streamId, "caf");

        _fixture.Runner.Find(streamId)!.Stop(StopReason.Requested);

        Assert.That((await _fixture.EndOf(streamId)).Text, Is.EqualTo("café"));
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
    public async Task HostStop_WithAGeneratorThatHangs_ClosesItsStreamAndEndsWithTheHost()
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
    }
}
