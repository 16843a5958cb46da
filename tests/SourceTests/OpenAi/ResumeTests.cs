using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.SourceTests.OpenAi;

/// <summary>An interrupted generation is continued from its text and its checkpoint, on another node or in the next process.</summary>
internal sealed class ResumeTests
{
    private const string Text = "One, two, 世界, „four“ and\r\n👩‍👩‍👧‍👦 five.";

    [TestCase(ContinueMethod.None, ContinuationMode.Never)]
    [TestCase(ContinueMethod.Assistant, ContinuationMode.WhenViewed)]
    [TestCase(ContinueMethod.Prefix, ContinuationMode.WhenViewed)]
    [TestCase(ContinueMethod.ContinueFinalMessage, ContinuationMode.WhenViewed)]
    public void Mode_FollowsTheSetting(ContinueMethod method, ContinuationMode mode)
    {
        using var generator = OpenAiFixture.Generator("http://127.0.0.1:1/v1", options => options.Continue = method);

        Assert.That(generator.Continuation, Is.EqualTo(mode));
    }

    [Test]
    public async Task AfterAnyCharacter_TheRestFollows(
        [Values(ContinueMethod.Assistant, ContinueMethod.Prefix, ContinueMethod.ContinueFinalMessage)] ContinueMethod method)
    {
        var model = new ContinuingModel(_ => Text);
        await using var server = new UpstreamServer(model.AnswerAsync);
        using var generator = Generator(server, method);

        for (var cut = 0; cut <= Text.Length; cut++)
        {
            if (cut < Text.Length && char.IsLowSurrogate(Text[cut]))
                continue;
            var result = await Generated.ContinueInTimeAsync(generator, Text[..cut]);

            Assert.That((result.Passage, result.Finish?.Reason), Is.EqualTo((Text[cut..], "stop")), $"after {cut} characters");
            Assert.That(model.Requests[^1], Is.EqualTo(new ModelRequest("Say something.", Text[..cut], cut == 0 ? "" : $"{method}")));
        }
    }

    [TestCase(ContinueMethod.Assistant, "", "")]
    [TestCase(ContinueMethod.Prefix, "", ",\"prefix\":true")]
    [TestCase(ContinueMethod.ContinueFinalMessage, ",\"continue_final_message\":true,\"add_generation_prompt\":false", "")]
    public async Task Request_HasTheTextAsItsLastMessage(ContinueMethod method, string fields, string flag)
    {
        var body = await BodyAsync(method, Generated.Request("Hello"), " One, „two“ ");

        Assert.That(body, Is.EqualTo(Normalize(
            $$$"""
            {"model":"m","stream":true,"stream_options":{"include_usage":true},"temperature":0.25{{{fields}}},
            "messages":[{"role":"system","content":"s"},{"role":"user","content":"Hello"},{"role":"assistant","content":" One, „two“ "{{{flag}}}}]}
            """)));
    }

    [Test]
    public async Task Request_ContinuesTheLastMessageOfAConversation(
        [Values(ContinueMethod.Assistant, ContinueMethod.Prefix)] ContinueMethod method, [Values] bool endsWithAssistant)
    {
        var request = new GenerationRequest(null, SourceOptions.None)
        {
            Messages = [new(ConversationRole.User, "u"), .. endsWithAssistant ? [new ConversationMessage(ConversationRole.Assistant, "It ")] : (ConversationMessage[])[]],
        };

        var body = await BodyAsync(method, request, "is one");

        var text = endsWithAssistant ? "It is one" : "is one";
        var flag = method is ContinueMethod.Prefix ? ",\"prefix\":true" : "";
        Assert.That(JsonDocument.Parse(body).RootElement.GetProperty("messages").GetRawText(), Is.EqualTo(
            $$$"""[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"{{{text}}}"{{{flag}}}}]"""));
    }

    [Test]
    public async Task WithoutText_TheRequestIsThatOfANewGeneration([Values] ContinueMethod method)
    {
        var request = new GenerationRequest(null, SourceOptions.None)
        {
            Messages = [new(ConversationRole.User, "u"), new(ConversationRole.Assistant, "It ")],
        };

        Assert.That(await BodyAsync(method, request, ""), Is.EqualTo(await BodyAsync(ContinueMethod.None, request, textSoFar: null)));
    }

    [Test]
    public async Task HalfOfASurrogatePair_AtTheEndOfTheText_IsReplaced() =>
        Assert.That(await BodyAsync(ContinueMethod.Assistant, Generated.Request(), "x\ud83d"), Does.Contain("x\\uFFFD"));

    [Test]
    public async Task UsageOfTheCheckpoint_IsCounted_AndPassedOn()
    {
        var model = new ContinuingModel(_ => Text) { ReportsUsageOften = true };
        await using var server = new UpstreamServer(model.AnswerAsync);
        using var generator = Generator(server, ContinueMethod.Assistant);
        var first = await Generated.ReadInTimeAsync(generator);
        var (cut, checkpoint) = (first.Segments[0] + first.Segments[1], first.Checkpoints[2]);

        var rest = await Generated.ContinueInTimeAsync(generator, cut, checkpoint);

        var words = ContinuingModel.Words(Text).Count;
        Assert.That(first.Checkpoints[0], Is.EqualTo("{}"), "before the first piece");
        Assert.That(checkpoint, Is.EqualTo("""{"usage":{"inputTokens":2,"outputTokens":2,"totalTokens":4}}"""));
        Assert.That(rest.Finish?.Usage, Is.EqualTo(new GenerationUsage(2 + 4, words, words + 6)));
        Assert.That(rest.Checkpoints[0], Is.EqualTo("""{"usage":{"inputTokens":6,"outputTokens":3,"totalTokens":9}}"""));
    }

    [Test]
    public async Task Checkpoints_AreSetOnlyWithContinue_AndOnlyWhenTheUsageChanges([Values] ContinueMethod method)
    {
        var model = new ContinuingModel(_ => Text);
        await using var server = new UpstreamServer(model.AnswerAsync);
        using var generator = Generator(server, method);

        Assert.That((await Generated.ReadInTimeAsync(generator)).Checkpoints, Is.EqualTo(method is ContinueMethod.None ? [] : new[] { "{}" }));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("7")]
    [TestCase("{\"usage\":7}")]
    public async Task InvalidCheckpoint_Fails(string checkpoint)
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("x")));
        using var generator = Generator(server, ContinueMethod.Assistant);

        var result = await Generated.ContinueInTimeAsync(generator, "text", checkpoint);

        Assert.That((result.Fault?.ProblemType, server.Calls.Count), Is.EqualTo((ProblemTypes.SourceFailed, 0)));
    }

    [Test]
    public async Task CutOffAfterTheInterruption_IsContinuedOnce()
    {
        var words = ContinuingModel.Words(Text);
        var model = new ContinuingModel(_ => Text);
        await using var server = new UpstreamServer(model.CutAfter(2, call => call.EndStreamAsync()), model.AnswerAsync);
        using var generator = Generator(server, ContinueMethod.Prefix);

        var result = await Generated.ContinueInTimeAsync(generator, words[0]);

        Assert.That(words[0] + result.Passage, Is.EqualTo(Text));
        Assert.That(model.Requests.Select(request => request.Prefix), Is.EqualTo(new[] { words[0], words[0] + words[1] }));
    }

    [TestCase(ContinueMethod.Prefix, 1)]
    [TestCase(ContinueMethod.Prefix, 40)]
    [TestCase(ContinueMethod.Assistant, 40)]
    public async Task RepeatedText_IsSkipped(ContinueMethod method, int cut)
    {
        var text = string.Concat(Text, Text.Reverse());
        var model = new ContinuingModel(_ => text) { RepeatsPrefix = true };
        await using var server = new UpstreamServer(model.AnswerAsync);
        using var generator = Generator(server, method);

        Assert.That((await Generated.ContinueInTimeAsync(generator, text[..cut])).Passage, Is.EqualTo(text[cut..]));
    }

    private static async Task<string> BodyAsync(ContinueMethod method, GenerationRequest request, string? textSoFar)
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("ok")));
        using var generator = Generator(server, method, options => (options.SystemPrompt, options.Temperature) = ("s", 0.25));
        var result = textSoFar is null
            ? await Generated.ReadInTimeAsync(generator, request)
            : await Generated.ContinueInTimeAsync(generator, textSoFar, request: request);
        Assert.That(result.Passage, Is.EqualTo("ok"));
        return JsonSerializer.Serialize(server.Calls[0].Body);
    }

    private static string Normalize(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement);

    private static OpenAiGenerator Generator(UpstreamServer server, ContinueMethod method, Action<OpenAiOptions>? change = null) =>
        OpenAiFixture.Generator(server, options =>
        {
            (options.Continue, options.Retries, options.RetryDelay) = (method, 1, TimeSpan.Zero);
            change?.Invoke(options);
        });
}
