using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.SourceTests.OpenAi;

/// <summary>With <c>Continue</c>, an answer that breaks off is continued by another request, within the retries.</summary>
internal sealed class ContinuationTests
{
    private const string Text = "Grüße aus der Ferne, 世界! 👩‍👩‍👧‍👦 Zwölf  Boxkämpfer jagen \"Viktor\".\n";

    /// <summary>The number of words in the prompt of the tests.</summary>
    private const int PromptWords = 2;

    private static readonly IReadOnlyList<string> Words = ContinuingModel.Words(Text);

    private static readonly Dictionary<string, Func<UpstreamCall, Task>> Faults = new()
    {
        ["end"] = call => call.EndStreamAsync(),
        ["close"] = call =>
        {
            call.Connection.Close();
            return Task.CompletedTask;
        },
        ["half a frame"] = call => EndWithAsync(call, Sse.Text("lost")[..30]),
        ["error"] = call => EndWithAsync(call, "data: {\"error\":{\"message\":\"overloaded, s3cret\"}}\n\n"),
        ["garbage"] = call => EndWithAsync(call, "data: s3cret\n\n"),
    };

    [Test]
    public async Task CutAtAnyFrame_IsContinuedWithoutASeam(
        [Values(ContinueMethod.Assistant, ContinueMethod.Prefix, ContinueMethod.ContinueFinalMessage)] ContinueMethod method,
        [Values("end", "close", "half a frame", "error", "garbage")] string fault)
    {
        var finishFrame = Words.Count + 1;
        // An answer that can't be read is not requested again before it has text.
        for (var frames = fault == "garbage" ? 2 : 0; frames <= finishFrame + 2; frames++)
        {
            var model = new ContinuingModel(_ => Text);
            await using var server = new UpstreamServer(model.CutAfter(frames, Faults[fault]), model.AnswerAsync);
            using var generator = Generator(server, method);

            var result = await Generated.ReadInTimeAsync(generator);

            var given = Math.Clamp(frames - 1, 0, Words.Count);
            var isWhole = frames > finishFrame;
            Assert.Multiple(() =>
            {
                Assert.That((result.Passage, result.Fault, result.Finish?.Reason), Is.EqualTo((Text, (object?)null, "stop")), $"{frames} frames");
                Assert.That(model.Requests.Skip(1), Is.EqualTo(isWhole ? [] : new[]
                {
                    new ModelRequest("Say something.", string.Concat(Words.Take(given)), given > 0 ? $"{method}" : ""),
                }));
                Assert.That(result.Finish?.Usage, Is.EqualTo(
                    !isWhole ? Usage(PromptWords + given, Words.Count - given) : frames > finishFrame + 1 ? Usage(PromptWords, Words.Count) : null));
            });
        }
    }

    [Test]
    public async Task CutAfterEachWord_IsContinuedEachTime()
    {
        var model = new ContinuingModel(_ => Text) { ReportsUsageOften = true };
        await using var server = new UpstreamServer(model.CutAfter(2, Faults["close"]));
        using var generator = Generator(server, ContinueMethod.Assistant, options => options.Retries = Words.Count);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Finish?.Reason), Is.EqualTo((Text, "stop")));
        Assert.That((model.Tokens, result.Finish?.Usage?.OutputTokens), Is.EqualTo((Words.Count, Words.Count)), "no word was generated twice");
    }

    [Test]
    public async Task Silence_IsContinued()
    {
        var time = new WatchedTime();
        var silence = TimeSpan.FromSeconds(30);
        var model = new ContinuingModel(_ => Text);
        await using var server = new UpstreamServer(model.CutAfter(3, call => call.KeepSilentAsync()), model.AnswerAsync);
        using var generator = Generator(server, ContinueMethod.Assistant, options => options.SegmentTimeout = silence, time);

        var reading = Generated.ReadAsync(generator);
        // Two for each word, one before it is awaited and one after.
        await time.HasBegunAsync(silence, times: 4);
        time.Advance(silence);
        await reading.WaitAsync(Eventually.Limit);

        Assert.That(((await reading).Passage, model.Requests[1].Prefix), Is.EqualTo((Text, Words[0] + Words[1])));
    }

    [Test]
    public async Task RetriesUsedUp_FailsWithTheTextSoFar()
    {
        var model = new ContinuingModel(_ => Text);
        await using var server = new UpstreamServer(
            UpstreamServer.Status(503), model.CutAfter(2, Faults["close"]), model.CutAfter(1, Faults["close"]), model.CutAfter(3, Faults["error"]));
        using var generator = Generator(server, ContinueMethod.Assistant);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Fault?.ProblemType), Is.EqualTo((Words[0] + Words[1] + Words[2], ProblemTypes.UpstreamError)));
        Assert.That(server.Calls, Has.Count.EqualTo(4), "starts and continuations have the same retries");
    }

    [TestCase(400)]
    [TestCase(401)]
    public async Task RefusedContinuation_IsNotRepeated(int status)
    {
        var model = new ContinuingModel(_ => Text);
        await using var server = new UpstreamServer(model.CutAfter(3, Faults["close"]), UpstreamServer.Status(status));
        using var generator = Generator(server, ContinueMethod.Assistant);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Fault is not null, server.Calls.Count), Is.EqualTo((Words[0] + Words[1], true, 2)));
    }

    [Test]
    public async Task RetryAfter_DelaysTheContinuation()
    {
        var time = new WatchedTime();
        var model = new ContinuingModel(_ => Text);
        await using var server = new UpstreamServer(model.CutAfter(3, Faults["error"]), UpstreamServer.Status(429, "Retry-After: 7\r\n"), model.AnswerAsync);
        using var generator = Generator(server, ContinueMethod.Assistant, time: time);

        var reading = Generated.ReadAsync(generator);
        await time.HasBegunAsync(TimeSpan.FromSeconds(7));
        Assert.That(server.Calls, Has.Count.EqualTo(2), "no request before the delay");
        time.Advance(TimeSpan.FromSeconds(7));

        Assert.That((await reading.WaitAsync(Eventually.Limit)).Passage, Is.EqualTo(Text));
    }

    [Test]
    public async Task Stop_ClosesTheConnectionOfAContinuation()
    {
        var model = new ContinuingModel(_ => Text);
        await using var server = new UpstreamServer(model.CutAfter(3, Faults["close"]), model.CutAfter(2, call => call.KeepSilentAsync()));
        using var generator = Generator(server, ContinueMethod.Assistant);
        using var stop = new CancellationTokenSource();

        var reading = Generated.ReadAsync(generator, cancellationToken: stop.Token);
        var call = await server.NextCallAsync(number: 2);
        await stop.CancelAsync();

        Assert.That(async () => await reading.WaitAsync(Eventually.Limit), Throws.InstanceOf<OperationCanceledException>());
        await call.Connection.Closed.WaitAsync(Eventually.Limit);
    }

    [Test]
    public async Task FinishReason_IsThatOfTheContinuation()
    {
        var model = new ContinuingModel(_ => Text) { Finish = "length" };
        await using var server = new UpstreamServer(model.CutAfter(3, Faults["close"]), model.AnswerAsync);
        using var generator = Generator(server, ContinueMethod.Assistant);

        Assert.That((await Generated.ReadInTimeAsync(generator)).Finish?.Reason, Is.EqualTo("length"));
    }

    [Test]
    public async Task EndMarkerAlone_AfterTheText_IsAnEnd()
    {
        var model = new ContinuingModel(_ => Text);
        await using var server = new UpstreamServer(model.CutAfter(Words.Count + 1, Faults["close"]), UpstreamServer.Streaming(Sse.Done));
        using var generator = Generator(server, ContinueMethod.Assistant);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Finish?.Reason), Is.EqualTo((Text, "unknown")));
    }

    [Test]
    public async Task Usage_ThatACutCallHasReported_IsCounted()
    {
        var model = new ContinuingModel(_ => Text) { ReportsUsageOften = true };
        await using var server = new UpstreamServer(model.CutAfter(4, Faults["close"]), model.AnswerAsync);
        using var generator = Generator(server, ContinueMethod.Assistant);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That(result.Finish?.Usage, Is.EqualTo(Usage(PromptWords + PromptWords + 3, Words.Count)));
    }

    [Test]
    public async Task EachContinuation_IsASeparateCall_WithTheFaultBeforeIt()
    {
        var model = new ContinuingModel(_ => Text);
        await using var server = new UpstreamServer(model.CutAfter(3, Faults["error"]), model.AnswerAsync);
        var meters = new Meters();
        using var measured = new Measurements(meters);
        using var generator = Generator(server, ContinueMethod.Assistant, meters: meters);

        await Generated.ReadInTimeAsync(generator);

        Assert.That(
            measured.Get("gen_ai.client.operation.duration").Select(call => call.Tags.GetValueOrDefault("error.type")),
            Is.EqualTo(new[] { "upstream-error", null }));
    }

    private static async Task EndWithAsync(UpstreamCall call, string frame)
    {
        await call.WriteAsync(frame);
        await call.EndStreamAsync();
    }

    private static GenerationUsage Usage(int input, int output) => new(input, output, input + output);

    private static OpenAiGenerator Generator(
        UpstreamServer server, ContinueMethod method, Action<OpenAiOptions>? change = null, TimeProvider? time = null, Meters? meters = null) =>
        OpenAiFixture.Generator(
            server,
            options =>
            {
                (options.Continue, options.Retries, options.RetryDelay) = (method, 3, TimeSpan.Zero);
                change?.Invoke(options);
            },
            time,
            meters);
}
