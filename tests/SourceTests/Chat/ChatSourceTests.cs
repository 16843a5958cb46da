using System.ClientModel;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Chat;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.SourceTests.OpenAi;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Servers;
using static SseStreaming.SourceTests.Chat.ScriptedChatClient;

namespace SseStreaming.SourceTests.Chat;

/// <summary>The answers of any chat client as the text of a source.</summary>
internal sealed class ChatSourceTests
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(30);

    [TestCase("stop", "stop")]
    [TestCase("length", "length")]
    [TestCase("content_filter", "content_filter")]
    [TestCase("tool_calls", "tool_calls")]
    [TestCase("end_turn", "stop")]
    [TestCase("Pause_Turn", "pause_turn")]
    public async Task Answer_IsTheText_WithItsFinishAndUsage(string word, string expected)
    {
        var client = new ScriptedChatClient(Answer(
            Text("Hel"), Content(new TextReasoningContent("hm")), Text("lo"), Finish(word),
            Content(new UsageContent(new UsageDetails { InputTokenCount = 3, OutputTokenCount = 2, TotalTokenCount = 5 }))));

        var result = await ReadAsync(client);

        Assert.That((result.Passage, result.Finish?.Reason, result.Finish?.Usage), Is.EqualTo(("Hello", expected, new GenerationUsage(3, 2, 5))));
    }

    [Test]
    public async Task EndWithoutFinishReason_IsACutOff([Values("", "before")] string text)
    {
        var result = await ReadAsync(new ScriptedChatClient(Answer(Text(text))));

        Assert.That((result.Passage, result.Fault?.ProblemType), Is.EqualTo((text, ProblemTypes.UpstreamCutOff)));
    }

    [TestCase("stop")]
    [TestCase("tool_calls")]
    public async Task EndWithoutFinishReason_OfASecondAnswer_IsACutOff(string word)
    {
        var result = await ReadAsync(new ScriptedChatClient(Answer(Text("first "), Finish(word), Text("second"))));

        Assert.That((result.Passage, result.Fault?.ProblemType), Is.EqualTo(("first second", ProblemTypes.UpstreamCutOff)));
    }

    [Test]
    public async Task CallOfAFunction_IsFollowedByTheAnswer()
    {
        var result = await ReadAsync(new ScriptedChatClient(Answer(
            Content(new FunctionCallContent("1", "f")), Finish("tool_calls"), Content(new UsageContent(new UsageDetails { InputTokenCount = 1, OutputTokenCount = 1 })),
            Content(new FunctionResultContent("1", "r")), Text("done"), Finish("stop"),
            Content(new UsageContent(new UsageDetails { InputTokenCount = 2, OutputTokenCount = 2 })))));

        Assert.That((result.Passage, result.Finish?.Reason, result.Finish?.Usage), Is.EqualTo(("done", "stop", new GenerationUsage(3, 3, 6))));
    }

    [Test]
    public async Task ExceptionAfterTheFinish_ChangesNothing()
    {
        var result = await ReadAsync(new ScriptedChatClient(Fail(new IOException("s3cret"), Text("all"), Finish("stop"))));

        Assert.That((result.Passage, result.Finish?.Reason, result.Fault), Is.EqualTo(("all", "stop", (GenerationFailedException?)null)));
    }

    private static readonly TestCaseData<Exception, string>[] Exceptions =
    [
        new(new HttpRequestException("s3cret", null, HttpStatusCode.Unauthorized), ProblemTypes.UpstreamUnauthorized),
        new(new InvalidProgramException("s3cret", new HttpRequestException("s3cret", null, HttpStatusCode.TooManyRequests)), ProblemTypes.UpstreamRateLimited),
        new(new HttpRequestException(HttpRequestError.ConnectionError, "s3cret"), ProblemTypes.UpstreamRefused),
        new(new HttpIOException(HttpRequestError.ResponseEnded, "s3cret"), ProblemTypes.UpstreamCutOff),
        new(new HttpRequestException("s3cret", new IOException("s3cret")), ProblemTypes.UpstreamCutOff),
        new(new TaskCanceledException("s3cret", new TimeoutException("s3cret")), ProblemTypes.UpstreamTimeout),
        new(new JsonException("s3cret"), ProblemTypes.UpstreamGarbled),
        new(new ClientResultException("s3cret"), ProblemTypes.UpstreamError),
        new(new NotSupportedException("s3cret"), ProblemTypes.UpstreamError),
    ];

    [TestCaseSource(nameof(Exceptions))]
    public async Task Exception_BecomesAProblem(Exception exception, string type)
    {
        var result = await ReadAsync(new ScriptedChatClient(Fail(exception, Text("before"))));

        Assert.Multiple(() =>
        {
            Assert.That((result.Passage, result.Fault?.ProblemType), Is.EqualTo(("before", type)));
            Assert.That(result.Fault?.ToString(), Does.Not.Contain("s3cret"));
        });
    }

    [Test]
    public async Task ErrorContent_IsAnError_AndARefusalIsText()
    {
        var error = await ReadAsync(new ScriptedChatClient(Answer(Text("before"), Content(new ErrorContent("s3cret")), Finish("stop"))));
        var refusal = await ReadAsync(new ScriptedChatClient(Answer(Content(new ErrorContent("No.") { ErrorCode = "Refusal" }), Finish("stop"))));

        Assert.That((error.Passage, error.Fault?.ProblemType), Is.EqualTo(("before", ProblemTypes.UpstreamError)));
        Assert.That((refusal.Passage, refusal.Finish?.Reason), Is.EqualTo(("No.", "stop")));
    }

    [Test]
    public async Task FaultsBeforeTheFirstSegment_AreRetried_LaterOnesAreNot()
    {
        var early = new ScriptedChatClient(Fail(new HttpRequestException(null, null, HttpStatusCode.ServiceUnavailable)), Answer(), Answer(Text("at last"), Finish("stop")));
        var late = new ScriptedChatClient(Answer(Text("once")), Answer(Text("twice"), Finish("stop")));

        var retried = await ReadAsync(early, options => (options.Retries, options.RetryDelay) = (2, TimeSpan.Zero));
        var cut = await ReadAsync(late, options => (options.Retries, options.RetryDelay) = (2, TimeSpan.Zero));

        Assert.That((retried.Passage, early.Calls.Count), Is.EqualTo(("at last", 3)));
        Assert.That((cut.Passage, cut.Fault?.ProblemType, late.Calls.Count), Is.EqualTo(("once", ProblemTypes.UpstreamCutOff, 1)));
    }

    [Test]
    public async Task Silence_EndsAtTheTimeout_ThatCountsOutput([Values] bool hasText, [Values] bool ignoresToken)
    {
        var time = new WatchedTime();
        var client = new ScriptedChatClient(FallSilent(ignoresToken, hasText ? [Text("one")] : []));
        using var generator = CreateGenerator(client, time: time);

        var reading = Generated.ReadAsync(generator);
        var timeout = hasText ? Between : First;
        await time.HasBegunAsync(timeout);
        time.Advance(timeout - TimeSpan.FromMilliseconds(1));
        await reading.StaysPendingAsync();
        time.Advance(TimeSpan.FromMilliseconds(1));
        var result = await reading.WaitAsync(Eventually.Limit);

        Assert.That((result.Passage, result.Fault?.ProblemType), Is.EqualTo((hasText ? "one" : "", ProblemTypes.UpstreamTimeout)));
    }

    [Test]
    public async Task SilenceAfterTheFinish_IsAnEnd()
    {
        var time = new WatchedTime();
        using var generator = CreateGenerator(new ScriptedChatClient(FallSilent(ignoresToken: false, Text("all"), Finish("stop"))), time: time);

        var reading = Generated.ReadAsync(generator);
        await time.HasBegunAsync(InactivityTimeout.AfterFinish);
        time.Advance(InactivityTimeout.AfterFinish);
        var result = await reading.WaitAsync(Eventually.Limit);

        Assert.That((result.Passage, result.Finish?.Reason), Is.EqualTo(("all", "stop")));
    }

    [Test]
    public async Task Stop_EndsTheCall([Values] bool ignoresToken)
    {
        var client = new ScriptedChatClient(FallSilent(ignoresToken, Text("one")));
        using var generator = CreateGenerator(client);
        using var stop = new CancellationTokenSource();

        var reading = Generated.ReadAsync(generator, cancellationToken: stop.Token);
        await Eventually.Happens(() => client.Calls.Count == 1, "the client is called");
        await stop.CancelAsync();

        Assert.That(async () => await reading.WaitAsync(Eventually.Limit), Throws.InstanceOf<OperationCanceledException>());
        if (!ignoresToken)
            await client.CallEnded.Task.WaitAsync(Eventually.Limit);
    }

    [Test]
    public async Task Request_HasTheSystemPromptTheMessagesAndTheSettings()
    {
        var client = new ScriptedChatClient(Answer(Finish("stop")));
        var request = new GenerationRequest(null, SourceOptions.None)
        {
            Messages = [new(ConversationRole.User, "a"), new(ConversationRole.Assistant, "b"), new(ConversationRole.System, "c")],
        };

        await ReadAsync(client, options => (options.SystemPrompt, options.Temperature, options.MaxOutputTokens) = ("be brief", 0.5, 7), request);

        Assert.That(client.Calls.Single().Select(message => $"{message.Role}: {message.Text}"), Is.EqualTo((string[])["system: be brief", "user: a", "assistant: b", "system: c"]));
        Assert.That((client.Options?.Temperature, client.Options?.MaxOutputTokens), Is.EqualTo(((float?)0.5f, (int?)7)));
    }

    [Test]
    public async Task OptionsOfARequest_ReachTheClient_AndDoNotExceedTheConfiguredLength()
    {
        var client = new ScriptedChatClient(Answer(Finish("stop")));
        var sent = new Dictionary<string, OptionValue>
        {
            ["temperature"] = new("1.5", OptionForm.Number),
            ["top_p"] = new("0.25", OptionForm.Number),
            ["presence_penalty"] = new("-1", OptionForm.Number),
            ["frequency_penalty"] = new("2", OptionForm.Number),
            ["seed"] = new("3", OptionForm.Number),
            ["stop"] = new("""["a", "b"]""", OptionForm.String),
            ["max_tokens"] = new("100", OptionForm.Number),
        };
        using var generator = CreateGenerator(client, options => (options.Temperature, options.MaxOutputTokens) = (0.5, 7));
        var options = SourceOptions.Read(generator.Source, sent).Value!;

        await Generated.ReadInTimeAsync(generator, new GenerationRequest("a", options));

        Assert.That(
            (client.Options?.Temperature, client.Options?.TopP, client.Options?.PresencePenalty, client.Options?.FrequencyPenalty, client.Options?.Seed, client.Options?.MaxOutputTokens),
            Is.EqualTo(((float?)1.5f, (float?)0.25f, (float?)-1f, (float?)2f, (long?)3, (int?)7)));
        Assert.That(client.Options?.StopSequences, Is.EqualTo((string[])["a", "b"]));
    }

    [Test]
    public async Task AddedClient_IsASource_WithSettingsBelowItsName()
    {
        var client = new ScriptedChatClient(Answer(Text("Hello"), Finish("stop")));
        await using (var server = RunningServer.Start(new() { ["Sources:talk:SystemPrompt"] = "be brief" }, [], services => services.AddChatSource("talk", _ => client)))
        {
            await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=talk&prompt=hi");
            var end = (await viewer.ReadToEndAsync()).Single(Ask.IsTerminal);

            Assert.That((end.EventType, Encoding.UTF8.GetString(await server.TextAsync(Ask.IdOf(end).StreamId))), Is.EqualTo(("completed", "Hello")));
            Assert.That(client.Calls.Single().Select(message => message.Text), Is.EqualTo((string[])["be brief", "hi"]));
        }
        Assert.That(client.IsDisposed);
    }

    private static ChatGenerator CreateGenerator(IChatClient client, Action<ChatSourceOptions>? change = null, TimeProvider? time = null)
    {
        var options = new ChatSourceOptions { Retries = 0, FirstSegmentTimeout = First, SegmentTimeout = Between };
        change?.Invoke(options);
        return new ChatGenerator("talk", options, client, new ModelMetrics(new Meters()), time ?? TimeProvider.System, NullLogger<ChatGenerator>.Instance);
    }

    private static async Task<Generated> ReadAsync(IChatClient client, Action<ChatSourceOptions>? change = null, GenerationRequest? request = null)
    {
        using var generator = CreateGenerator(client, change);
        return await Generated.ReadInTimeAsync(generator, request);
    }
}
