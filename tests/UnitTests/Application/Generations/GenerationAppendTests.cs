using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Viewers;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Application.Generations;

/// <summary>The calls of a generation to its store.</summary>
internal sealed class GenerationAppendTests
{
    private static readonly StreamId Stream = StreamId.New();

    private readonly StreamsOptions _options = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Mock<IEventStreamStore> _store = new();
    private readonly Mock<IStreamSignal> _signal = new();
    private readonly Mock<IStreamNotifier> _notifier = new();
    private readonly LogSpy<Generation> _log = new();
    private readonly List<Append> _appends = [];
    private readonly GenerationRunner _runner;

    public GenerationAppendTests()
    {
        _signal.Setup(signal => signal.OpenNotifier(Stream)).Returns(_notifier.Object);
        _runner = new GenerationRunner(
            _store.Object, _signal.Object, Mock.Of<IStreamCluster>(), new ViewerRegistry(), new Drain(MsOptions.Create(_options), _time),
            MsOptions.Create(_options), new StreamMetrics(new Meters()), _time, _log);
        StoreAnswers(_ => AppendResult.Appended);
    }

    [Test]
    public async Task Segments_ThatAreAllAtHand_AreAppendedInFewBatches()
    {
        var words = Enumerable.Range(1, 1_000).Select(i => $"word{i} ").ToArray();

        await RunAsync(Generators.Texts(words));

        Assert.That(_appends, Has.Count.LessThanOrEqualTo(6));
        Assert.That(string.Concat(_appends.Select(append => append.Text)), Is.EqualTo(string.Concat(words)));
        Assert.That(_appends.Select(append => append.Last - append.First + 1).Sum(), Is.EqualTo(words.Length + 1));
    }

    [Test]
    public async Task Segments_ThatAreLarge_AreAppendedInSeveralBatches()
    {
        await RunAsync(Generators.Texts([.. Enumerable.Repeat(new string('x', 10_000), 10)]));

        Assert.That(_appends.Select(append => append.Text.Length), Is.All.LessThanOrEqualTo(20_000));
    }

    [Test]
    public async Task Batches_FollowEachOtherWithoutAGap()
    {
        await RunAsync(Generators.Texts([.. Enumerable.Repeat("word ", 2_000)]));

        Assert.That(_appends[0].First, Is.EqualTo(2));
        Assert.That(_appends.Skip(1).Select(append => append.First), Is.EqualTo(_appends.SkipLast(1).Select(append => append.Last + 1)));
        Assert.That(_appends.Select(append => append.EndsStream), Is.EqualTo(_appends.Select((_, i) => i == _appends.Count - 1)));
    }

    [Test]
    public async Task Segment_IsAppendedBeforeTheGeneratorIsWaitedFor()
    {
        var texts = Channel.CreateUnbounded<GeneratedText>();
        var appended = Channel.CreateUnbounded<string>();
        StoreAnswers(batch =>
        {
            appended.Writer.TryWrite(Encoding.UTF8.GetString(batch.Data.Span));
            return AppendResult.Appended;
        });
        Start(texts.Reader.ReadAllAsync);

        foreach (var word in (string[])["Lorem", " ipsum", " dolor"])
        {
            await texts.Writer.WriteAsync(word);
            Assert.That(await appended.Reader.ReadAsync().Soon(), Is.EqualTo(word));
        }
        await StopAsync();
    }

    [Test]
    public async Task Readers_AreNotifiedAfterEachAppendAndNeverBefore()
    {
        var calls = new List<string>();
        StoreAnswers(_ =>
        {
            calls.Add("append");
            return AppendResult.Appended;
        });
        _notifier.Setup(notifier => notifier.Appended(It.IsAny<long>())).Callback((long last) =>
        {
            Assert.That(last, Is.EqualTo(_appends[^1].Last));
            calls.Add("notify");
        });

        await RunAsync(Generators.Texts([.. Enumerable.Repeat("word ", 1_000)]));

        Assert.That(calls, Is.EqualTo(calls.Select((_, i) => i % 2 == 0 ? "append" : "notify")));
        Assert.That(calls, Has.Count.EqualTo(_appends.Count * 2));
    }

    [Test]
    public async Task Append_ThatFailsForAWhile_IsRetriedAndTheGenerationContinues()
    {
        var tries = new List<(long First, string Text)>();
        StoreAnswers(batch =>
        {
            tries.Add((batch.First, Encoding.UTF8.GetString(batch.Segments.Data.Span)));
            return tries.Count is > 1 and < 5 ? throw Faults.StoreDown : AppendResult.Appended;
        });
        var texts = Channel.CreateUnbounded<GeneratedText>();
        await texts.Writer.WriteAsync("Lorem");
        Start(texts.Reader.ReadAllAsync);
        await Waiting.Until(() => tries.Count == 1, "the first segment was appended");

        await texts.Writer.WriteAsync(" ipsum");
        await Waiting.Until(() => tries.Count > 1, "the second append was tried");
        await texts.Writer.WriteAsync(" dolor");
        texts.Writer.Complete();

        await EndedAsync();
        AssertPassageMatchesTerminal("Lorem ipsum dolor", EventKind.Completed, "stop");
        Assert.That(tries[1..5], Is.All.EqualTo((3L, " ipsum")), "the store may have the batch already, so the same batch is appended again");
    }

    [Test]
    public async Task Append_ThatFailsForLongerThanThePatience_EndsAsFailedWhenTheStoreIsBack()
    {
        var isDown = true;
        var tries = 0;
        StoreAnswers(_ =>
        {
            tries++;
            return isDown ? throw Faults.StoreDown : AppendResult.Appended;
        });
        var stopped = new TaskCompletionSource();
        Start(cancellationToken =>
        {
            cancellationToken.Register(stopped.SetResult);
            return Generators.Waiting("Lorem", " ipsum")(cancellationToken);
        });

        await Waiting.Until(() => Pass(_options.StorePatience) && tries > 5, "the patience had elapsed");
        isDown = false;

        await EndedAsync();
        await stopped.Task.Soon();
        Assert.That(_log.Lines.Select(line => line.Level), Has.None.GreaterThan(LogLevel.Information), "the store logs its outage itself");
        AssertPassageMatchesTerminal("Lorem ipsum", EventKind.Failed, ProblemTypes.StoreFailed);
    }

    [Test]
    public async Task Append_OfTheTerminalEvent_IsRetriedUntilItIsStored()
    {
        var tries = 0;
        StoreAnswers(_ => tries++ < 100 ? throw Faults.StoreDown : AppendResult.Appended);

        Start(Generators.Texts("Lorem", " ipsum"));
        await Waiting.Until(() => Pass(TimeSpan.FromMinutes(10)) && _runner.Find(Stream) is null, "the generation ended");

        AssertPassageMatchesTerminal("Lorem ipsum", EventKind.Completed, "stop");
    }

    [Test]
    public async Task Append_ThatFailsWhileTheHostStops_IsNotRetried()
    {
        var tries = 0;
        StoreAnswers(_ =>
        {
            tries++;
            throw Faults.StoreDown;
        });
        Start(Generators.Waiting("Lorem"));
        await Waiting.Until(() => tries > 0, "an append was tried");

        var stop = _runner.StopAsync(CancellationToken.None);

        await Waiting.Until(() => Pass(TimeSpan.FromSeconds(2)) && stop.IsCompleted, "the runner stopped");
        Assert.That(_appends, Is.Empty);
    }

    [Test]
    public async Task Append_ThatThrowsAnotherException_IsNotRetriedAndLoggedAsAnError()
    {
        StoreAnswers(_ => throw new InvalidOperationException("A bug of the store."));

        await RunAsync(Generators.Texts("Lorem"));

        Assert.That(_appends, Is.Empty);
        Assert.That(_log.Lines.Select(line => line.Level), Has.Some.EqualTo(LogLevel.Error));
        _notifier.Verify(notifier => notifier.Appended(It.IsAny<long>()), Times.Never);
        _notifier.Verify(notifier => notifier.Dispose(), Times.Once);
    }

    [Test]
    public async Task Append_ThatIsRefused_EndsTheGenerationWithoutAnotherAppend()
    {
        var refusals = 0;
        StoreAnswers(_ =>
        {
            refusals++;
            return AppendResult.Refused;
        });
        var cancelled = new TaskCompletionSource();

        await RunAsync(cancellationToken =>
        {
            cancellationToken.Register(cancelled.SetResult);
            return Generators.Waiting("Lorem")(cancellationToken);
        });

        await cancelled.Task.Soon();
        Assert.That(refusals, Is.EqualTo(1), "the stream belongs to another node");
    }

    [Test]
    public async Task Append_IntoAFullStore_EndsAsStoppedWithoutAHole()
    {
        var appends = 0;
        StoreAnswers(batch => appends++ == 1 ? AppendResult.Full : AppendResult.Appended);
        var texts = Channel.CreateUnbounded<GeneratedText>();
        await texts.Writer.WriteAsync("Lorem");
        Start(texts.Reader.ReadAllAsync);
        await Waiting.Until(() => appends == 1, "the first segment was appended");

        // The é is held back, and the store would accept it afterwards.
        await texts.Writer.WriteAsync(" ipsum é");

        await EndedAsync();
        AssertPassageMatchesTerminal("Lorem", EventKind.Stopped, "limit");
    }

    private async Task RunAsync(Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate)
    {
        Start(generate);
        await EndedAsync();
    }

    private void Start(Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate) =>
        _runner.Start(new GenerationStart(Stream, Generators.Create(generate), new GenerationRequest(null, SourceOptions.None)) { ContinueUnviewed = true });

    private Task EndedAsync() => Waiting.Until(() => Pass(TimeSpan.FromSeconds(1)) && _runner.Find(Stream) is null, "the generation ended");

    private bool Pass(TimeSpan time)
    {
        _time.Advance(time);
        return true;
    }

    private async Task StopAsync()
    {
        _runner.Find(Stream)?.Stop(StopReason.Requested);
        await EndedAsync();
    }

    private void StoreAnswers(Func<EventBatch, AppendResult> answer) =>
        _store.Setup(store => store.AppendAsync(It.IsAny<EventBatch>(), It.IsAny<byte[]?>(), It.IsAny<CancellationToken>()))
            .Returns((EventBatch batch, byte[]? _, CancellationToken _) =>
            {
                var result = answer(batch);
                if (result is AppendResult.Appended)
                    _appends.Add(Append.From(batch));
                return new ValueTask<AppendResult>(result);
            });

    private void AssertPassageMatchesTerminal(string text, EventKind ending, string reason)
    {
        var terminal = _appends[^1].Terminal!.Value;
        Assert.That(string.Concat(_appends.Select(append => append.Text)), Is.EqualTo(text));
        Assert.That(_appends.Count(append => append.EndsStream), Is.EqualTo(1));
        Assert.That((terminal.Kind, EventData.ReadReason(terminal)), Is.EqualTo((ending, reason)));
        Assert.That(Encoding.UTF8.GetString(terminal.Data.Span), Does.Contain($"\"segments\":{_appends.Sum(append => append.Segments)},\"characters\":{text.Length}"));
    }

    /// <summary>A copy of an appended batch, which is only valid during the call.</summary>
    private sealed record Append(long First, long Last, int Segments, string Text, StreamEvent? Terminal)
    {
        public bool EndsStream => Terminal is not null;

        public static Append From(EventBatch batch) => new(
            batch.First, batch.Last, batch.Segments.Count, Encoding.UTF8.GetString(batch.Segments.Data.Span),
            batch.EndsStream ? batch[batch.Count - 1] with { Data = batch[batch.Count - 1].Data.ToArray() } : null);
    }
}
