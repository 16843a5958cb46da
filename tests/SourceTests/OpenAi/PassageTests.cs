using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.SourceTests.OpenAi;

/// <summary>The text of a model arrives unchanged, wherever its server splits it.</summary>
internal sealed class PassageTests
{
    private const string Passage = "Grüße, 世界! 👩‍👩‍👧‍👦 naïve\r\n\r\nA \"quoted\" word, a \\ and a tab\t. Zwölf Boxkämpfer…";

    private static readonly string[] Tokens = ["Grü", "ße, ", "世", "界", "! 👩‍👩", "‍👧‍👦 naïve\r", "\n\r\nA \"quoted\" word, ", "a \\ and a tab\t. Zwölf", " Boxkämpfer…"];

    /// <summary>Role, tokens with comments between them, usage, marker.</summary>
    private static string Frames(string lineEnd)
    {
        var frames = Sse.Role + ": a comment\n\n" + string.Concat(Tokens.Select((token, i) => Sse.Text(token) + (i % 3 == 0 ? ": keep-alive\n\n" : "")))
            + Sse.Finish("stop") + Sse.Usage(11, 9) + Sse.Done;
        return frames.Replace("\n", lineEnd, StringComparison.Ordinal);
    }

    [Test]
    public async Task Stream_CutAnywhere_GivesTheExactPassage([Values("\n", "\r\n", "\r")] string lineEnd, [Values(0, 1, 2, 3, 7, 1000)] int pieceBytes)
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Frames(lineEnd), pieceBytes));
        using var generator = OpenAiFixture.Generator(server);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.Multiple(() =>
        {
            Assert.That(result.Fault, Is.Null);
            Assert.That(result.Passage, Is.EqualTo(Passage));
            Assert.That(result.Finish, Is.EqualTo(new GenerationFinish("stop") { Usage = new GenerationUsage(11, 9, 20) }));
        });
    }

    [Test]
    public async Task Stream_ReadByTheOfficialClient_IsTheSame([Values("\n", "\r\n", "\r")] string lineEnd, [Values(0, 1, 3, 1000)] int pieceBytes)
    {
        // The official client shows that the frames of these tests have the real format.
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Frames(lineEnd), pieceBytes));
        var client = new ChatClient("m", new ApiKeyCredential("k"), new OpenAIClientOptions { Endpoint = new Uri(server.Endpoint) });
        using var generator = OpenAiFixture.Generator(server);

        var texts = new List<string>();
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("hello")]))
        {
            texts.AddRange(update.ContentUpdate.Select(part => part.Text).Where(text => text.Length > 0));
            finish = update.FinishReason ?? finish;
            usage = update.Usage ?? usage;
        }
        var ours = await Generated.ReadInTimeAsync(generator);

        Assert.Multiple(() =>
        {
            Assert.That(ours.Segments, Is.EqualTo(texts), "the same segments");
            Assert.That(ours.Passage, Is.EqualTo(Passage));
            Assert.That((finish, ours.Finish?.Reason), Is.EqualTo((ChatFinishReason.Stop, "stop")));
            Assert.That(
                (ours.Finish?.Usage?.InputTokens, ours.Finish?.Usage?.OutputTokens, ours.Finish?.Usage?.TotalTokens),
                Is.EqualTo(((long?)usage?.InputTokenCount, (long?)usage?.OutputTokenCount, (long?)usage?.TotalTokenCount)));
        });
    }

    [TestCase("""{"role":"assistant","content":"","reasoning_content":"I think"}""")]
    [TestCase("""{"content":null,"reasoning":"I think","reasoning_details":[{"type":"reasoning.text","text":"I think"}]}""")]
    [TestCase("""{"content":[{"type":"thinking","thinking":[{"type":"text","text":"I think"}]}]}""")]
    public async Task Reasoning_IsNoPartOfThePassage(string delta)
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(
            Sse.Role + Sse.Chunk(delta) + Sse.Chunk(delta) + Sse.Text("The answer") + Sse.Chunk("""{"content":[{"type":"text","text":" is 42."}]}""") + Sse.Finish("stop") + Sse.Done));
        using var generator = OpenAiFixture.Generator(server);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That(result.Passage, Is.EqualTo("The answer is 42."));
    }

    [Test]
    public async Task Character_SplitIntoSurrogates_IsReassembled()
    {
        const string lead = """{"content":"smile \ud83d"}""", rest = """{"content":"\ude00\u0021\n"}""";
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Chunk(lead) + Sse.Chunk(rest) + Sse.Finish("stop") + Sse.Done));
        using var generator = OpenAiFixture.Generator(server);

        Assert.That((await Generated.ReadInTimeAsync(generator)).Passage, Is.EqualTo("smile 😀!\n"));
    }

    [TestCase("\"length\"", "length")]
    [TestCase("\"max_tokens\"", "length")]
    [TestCase("\"content_filter\"", "content_filter")]
    [TestCase("\"Repetition\"", "repetition")]
    [TestCase("\"<script>\"", "unknown")]
    public async Task FinishReason_IsNormalized(string upstream, string expected)
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Text("cut") + Sse.Chunk("{}", upstream) + Sse.Done));
        using var generator = OpenAiFixture.Generator(server);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Finish), Is.EqualTo(("cut", new GenerationFinish(expected))));
    }

    [Test]
    public async Task FinishReason_EmptyInEveryFrame_IsNoEnd()
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(
            Sse.Chunk("""{"content":"a"}""", "\"\"") + Sse.Chunk("""{"content":"b"}""", "\"\"") + Sse.Chunk("""{"content":"c"}""", "\"stop\"") + Sse.Done));
        using var generator = OpenAiFixture.Generator(server);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Finish?.Reason), Is.EqualTo(("abc", "stop")));
    }

    [Test]
    public async Task End_WithFinishReasonButNoMarker_IsAnEnd()
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Text("all") + Sse.Finish("stop")));
        using var generator = OpenAiFixture.Generator(server);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Finish?.Reason), Is.EqualTo(("all", "stop")));
    }

    [Test]
    public async Task End_WithMarkerButNoFinishReason_FinishesWithUnknown()
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Text("all") + Sse.Done));
        using var generator = OpenAiFixture.Generator(server);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Finish?.Reason), Is.EqualTo(("all", "unknown")));
    }

    [Test]
    public async Task Connection_AfterACompleteAnswer_IsReused()
    {
        await using var server = new UpstreamServer(call => call.AnswerAsync(200, "", Sse.Answer("a"), "text/event-stream"));
        using var generator = OpenAiFixture.Generator(server);

        await Generated.ReadInTimeAsync(generator);
        await Generated.ReadInTimeAsync(generator);

        Assert.That(server.Calls[1].Connection, Is.SameAs(server.Calls[0].Connection));
    }

    [Test]
    public async Task Usage_OfALargeAnswer_IsComplete()
    {
        var words = Enumerable.Range(0, 20_000).Select(i => $"word{i} ").ToArray();
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer(words), 4096));
        using var generator = OpenAiFixture.Generator(server);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That(result.Passage, Is.EqualTo(string.Concat(words)));
        Assert.That(result.Finish!.Usage, Is.EqualTo(new GenerationUsage(3, 20_000, 20_003)));
    }

    [Test]
    public void Source_TakesAPromptOrMessages()
    {
        using var generator = OpenAiFixture.Generator("http://127.0.0.1:9/v1");

        Assert.That((generator.Source.Name, generator.Source.Prompt, generator.Source.TakesMessages), Is.EqualTo(("model", PromptUse.Required, true)));
    }
}
