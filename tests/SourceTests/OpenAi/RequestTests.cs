using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.SourceTests.OpenAi;

/// <summary>The request to the server of a model.</summary>
internal sealed class RequestTests
{
    [Test]
    public async Task Prompt_FollowsTheSystemPrompt_WithAllSettings()
    {
        var call = await CallAsync(Generated.Request("Hello, „world“"), options =>
        {
            options.SystemPrompt = "Be brief.";
            options.Temperature = 0.25;
            options.MaxOutputTokens = 7;
        });

        Assert.That(JsonSerializer.Serialize(call.Body), Is.EqualTo(JsonSerializer.Serialize(JsonDocument.Parse("""
            {"model":"m","stream":true,"stream_options":{"include_usage":true},"temperature":0.25,"max_completion_tokens":7,
            "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello, „world“"}]}
            """).RootElement)));
        Assert.That(call.Head, Does.StartWith("POST /v1/chat/completions HTTP/1.1").And.Contain("Authorization: Bearer sk-s3cret"));
    }

    [Test]
    public async Task Messages_AreSentInTheirOrder()
    {
        var request = new GenerationRequest(null, SourceOptions.None)
        {
            Messages = [new(ConversationRole.System, "s"), new(ConversationRole.User, "u"), new(ConversationRole.Assistant, "a"), new(ConversationRole.User, "v")],
        };

        var call = await CallAsync(request, options => options.IncludeUsage = false);

        Assert.That(call.Body.GetProperty("messages").GetRawText(), Is.EqualTo(
            """[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"a"},{"role":"user","content":"v"}]"""));
        Assert.That(call.Body.TryGetProperty("stream_options", out _), Is.False);
    }

    [Test]
    public async Task OutputLimit_IsSentInTheConfiguredField()
    {
        var call = await CallAsync(Generated.Request(), options =>
        {
            options.MaxOutputTokens = 5;
            options.MaxOutputTokensField = "max_tokens";
        });

        Assert.That(call.Body.GetProperty("max_tokens").GetInt32(), Is.EqualTo(5));
    }

    [Test]
    public async Task Options_AreSent_AndDoNotExceedTheConfiguredLength()
    {
        var sent = new Dictionary<string, OptionValue>
        {
            ["temperature"] = new("1.5", OptionForm.Number),
            ["top_p"] = new("0.5", OptionForm.Number),
            ["presence_penalty"] = new("-1", OptionForm.Number),
            ["seed"] = new("3", OptionForm.Number),
            ["stop"] = new("END", OptionForm.String),
            ["max_tokens"] = new("100", OptionForm.Number),
        };
        var options = SourceOptions.Read(new SourceDescription("model", "A model.") { Options = SamplingOptions.All }, sent).Value!;

        var call = await CallAsync(new GenerationRequest("a", options), settings => (settings.Temperature, settings.MaxOutputTokens) = (0.25, 7));

        Assert.That(JsonSerializer.Serialize(call.Body), Is.EqualTo(JsonSerializer.Serialize(JsonDocument.Parse("""
            {"model":"m","stream":true,"stream_options":{"include_usage":true},"temperature":1.5,"top_p":0.5,"presence_penalty":-1,"seed":3,"stop":"END","max_completion_tokens":7,
            "messages":[{"role":"user","content":"a"}]}
            """).RootElement)));
    }

    [TestCase("END", "\"END\"")]
    [TestCase("""["a", "b"]""", """["a","b"]""")]
    [TestCase("""["a"]""", "\"a\"")]
    [TestCase("[1]", "\"[1]\"")]
    [TestCase("[", "\"[\"")]
    public async Task Stop_IsASequence_OrAnArrayOfThem(string sent, string expected)
    {
        var stop = new Dictionary<string, OptionValue> { ["stop"] = new(sent, OptionForm.String) };
        var options = SourceOptions.Read(new SourceDescription("model", "A model.") { Options = SamplingOptions.All }, stop).Value!;

        var call = await CallAsync(new GenerationRequest("a", options), _ => { });

        Assert.That(call.Body.GetProperty("stop").GetRawText(), Is.EqualTo(expected));
    }

    [Test]
    public async Task WithoutAKey_NoneIsSent()
    {
        var call = await CallAsync(Generated.Request(), options => options.ApiKey = null);

        Assert.That(call.Head, Does.Not.Contain("Authorization").IgnoreCase);
    }

    [Test]
    public async Task KeyOfAFile_IsSentWithoutItsLineEnd()
    {
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, "key-" + Guid.NewGuid());
        await File.WriteAllTextAsync(file, "sk-from-a-file\r\n");
        try
        {
            var call = await CallAsync(Generated.Request(), options => (options.ApiKey, options.ApiKeyFile) = (null, file));

            Assert.That(call.Head, Does.Contain("Authorization: Bearer sk-from-a-file\r\n"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<UpstreamCall> CallAsync(GenerationRequest request, Action<OpenAiOptions> change)
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("ok")));
        using var generator = OpenAiFixture.Generator(server, change);
        var result = await Generated.ReadInTimeAsync(generator, request);
        Assert.That(result.Passage, Is.EqualTo("ok"));
        return server.Calls[0];
    }
}
