using System.Text;
using Microsoft.AspNetCore.Http;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;
using SseStreaming.AspNetCore.Doors.OpenAi;

namespace SseStreaming.UnitTests.AspNetCore.Doors.OpenAi;

internal sealed class OpenAiRequestReaderTests
{
    private static readonly SourceDescription[] Sources =
    [
        new SourceDescription("lorem", "Words.") { Options = [new("words", OptionType.Integer, "How many."), new("seed", OptionType.Integer, "A seed.")] },
        new SourceDescription("model", "A model.")
        {
            TakesMessages = true,
            Prompt = PromptUse.Required,
            Options = [new("temperature", OptionType.Number, "Heat."), new("stop", OptionType.Text, "End."), new("max_tokens", OptionType.Integer, "Length.")],
        },
        new SourceDescription("rolling", "Rows.") { KeepsEvents = 10 },
    ];

    private static readonly ITextStreamService Streams = Mock.Of<ITextStreamService>(streams => streams.Sources == Sources);

    [Test]
    public async Task Chat_IsTheConversation()
    {
        var reader = await ReadAsync(isResponse: false, """
            {"model":"model","stream":true,"messages":[{"role":"developer","content":"a"},{"role":"user","content":[{"type":"text","text":"b"},{"type":"text","text":"c"}]},
            {"role":"assistant","content":"d","refusal":null}],"temperature":0.5,"stop":["e"],"max_completion_tokens":7,"seed":3,"user":"u","store":false,"tools":[],"n":1,
            "response_format":{"type":"text"},"stream_options":{"include_usage":true},"logprobs":false,"metadata":null}
            """);

        Assert.That(reader.Error, Is.Null);
        Assert.That((reader.IsStreamed, reader.IncludesUsage, reader.IsBackground), Is.EqualTo((true, true, false)));
        Assert.That(reader.Request.Messages, Is.EqualTo(new ConversationMessage[] { new(ConversationRole.System, "a"), new(ConversationRole.User, "bc"), new(ConversationRole.Assistant, "d") }));
        Assert.That(reader.Request.Options.ToDictionary(option => option.Key, option => option.Value.Text),
            Is.EqualTo(new Dictionary<string, string> { ["temperature"] = "0.5", ["stop"] = "e", ["max_tokens"] = "7" }));
        Assert.That((reader.Request.Prompt, reader.Request.Properties, reader.Request.OnDisconnect), Is.EqualTo(((string?)null, (string?)null, OnDisconnect.Stop)));
    }

    [TestCase("[]", null)]
    [TestCase("\"b\"", "b")]
    [TestCase("""["b"]""", "b")]
    [TestCase("""["b","c"]""", """["b","c"]""")]
    public async Task Stops_AreOneOption(string stop, string? expected)
    {
        var reader = await ReadAsync(isResponse: false, $$"""{"model":"model","messages":[{"role":"user","content":"a"}],"stop":{{stop}}}""");

        Assert.That(reader.Error, Is.Null);
        Assert.That(reader.Request.Options.GetValueOrDefault("stop").Text, Is.EqualTo(expected));
    }

    [Test]
    public async Task Response_HasProperties_AndAPromptForASourceWithoutMessages()
    {
        var reader = await ReadAsync(isResponse: true, """
            {"model":"lorem","background":true,"input":[{"role":"user","content":"a"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"b"}]},
            {"role":"user","content":[{"type":"input_text","text":"c"}]}],"instructions":"d","metadata":{"e":"f"},"temperature":1,"words":5,"seed":6}
            """);

        Assert.That(reader.Error, Is.Null);
        Assert.That((reader.Request.Prompt, reader.Request.Messages.Count, reader.Request.OnDisconnect), Is.EqualTo(("c", 0, OnDisconnect.Continue)));
        Assert.That(reader.Request.Options.Keys, Is.EquivalentTo(new[] { "words", "seed" }));
        var properties = ResponseProperties.Parse(reader.Request.Properties);
        Assert.That((properties.Background, properties.Instructions, properties.Metadata!["e"], properties.Temperature), Is.EqualTo((true, "d", "f", (double?)1)));
    }

    [Test]
    public async Task Instructions_AreASystemMessage_AndLongOnesAreNotKept()
    {
        var instructions = new string('x', 20_000);
        var reader = await ReadAsync(isResponse: true, $$$"""{"model":"model","input":"a","instructions":"{{{instructions}}}","metadata":{"b":"c"}}""");

        Assert.That(reader.Request.Messages, Is.EqualTo(new ConversationMessage[] { new(ConversationRole.System, instructions), new(ConversationRole.User, "a") }));
        Assert.That((ResponseProperties.Parse(reader.Request.Properties).Instructions, ResponseProperties.Parse(reader.Request.Properties).Metadata!["b"]), Is.EqualTo(((string?)null, "c")));
    }

    [TestCase("""{"messages":[{"role":"user","content":"a"}]}""", 400, "model", null)]
    [TestCase("""{"model":"nothing","messages":[{"role":"user","content":"a"}]}""", 404, "model", "model_not_found")]
    [TestCase("""{"model":"rolling","messages":[{"role":"user","content":"a"}]}""", 404, "model", "model_not_found")]
    [TestCase("""{"model":"model"}""", 400, "messages", null)]
    [TestCase("""{"model":"model","messages":[]}""", 400, "messages", null)]
    [TestCase("""{"model":"model","messages":[{"role":"tool","content":"a"}]}""", 400, "messages[0].role", "unsupported_value")]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":"a"},{"role":"user","content":[{"type":"image_url"}]}]}""", 400, "messages[1].content[0].type", "unsupported_value")]
    [TestCase("""{"model":"model","messages":[{"role":"assistant","content":null,"tool_calls":[{}]}]}""", 400, "messages[0].tool_calls", "unsupported_value")]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":3}]}""", 400, "messages[0].content", null)]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":"a"}],"tools":[{}]}""", 400, "tools", "unsupported_parameter")]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":"a"}],"functions":[{}]}""", 400, "functions", "unsupported_parameter")]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":"a"}],"n":2}""", 400, "n", "unsupported_parameter")]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":"a"}],"logprobs":true}""", 400, "logprobs", "unsupported_parameter")]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_object"}}""", 400, "response_format", "unsupported_parameter")]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":"a"}],"modalities":["audio"]}""", 400, "modalities", "unsupported_parameter")]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":"a"}],"stream":"yes"}""", 400, "stream", null)]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":"a"}],"stop":["b",1]}""", 400, "stop", null)]
    [TestCase("""{"model":"model","messages":[{"role":"user","content":"\ud800"}]}""", 400, null, null)]
    [TestCase("[]", 400, null, null)]
    [TestCase("", 400, null, null)]
    public Task Chat_ThatIsNotValid_NamesThePlace(string json, int status, string? param, string? code) => ExpectErrorAsync(isResponse: false, json, status, param, code);

    [TestCase("""{"model":"model"}""", "input", null)]
    [TestCase("""{"model":"model","input":[{"type":"function_call_output"}]}""", "input[0].type", "unsupported_value")]
    [TestCase("""{"model":"model","input":[{"role":"user","content":[{"type":"input_image"}]}]}""", "input[0].content[0].type", "unsupported_value")]
    [TestCase("""{"model":"model","input":"a","instructions":[]}""", "instructions", null)]
    [TestCase("""{"model":"model","input":"a","previous_response_id":"b"}""", "previous_response_id", "unsupported_parameter")]
    [TestCase("""{"model":"model","input":"a","conversation":"b"}""", "conversation", "unsupported_parameter")]
    [TestCase("""{"model":"model","input":"a","prompt":{}}""", "prompt", "unsupported_parameter")]
    [TestCase("""{"model":"model","input":"a","text":{"format":{"type":"json_schema"}}}""", "text.format", "unsupported_parameter")]
    [TestCase("""{"model":"model","input":"a","metadata":{"b":1}}""", "metadata", null)]
    public Task Response_ThatIsNotValid_NamesThePlace(string json, string param, string? code) => ExpectErrorAsync(isResponse: true, json, 400, param, code);

    [Test]
    public async Task UnknownFields_AreOptions()
    {
        var reader = await ReadAsync(isResponse: true, """{"model":"lorem","input":"a","colour":"red","prompt":null,"text":{"verbosity":"low"}}""");

        Assert.That(reader.Error, Is.Null);
        Assert.That(reader.Request.Options.Keys, Is.EqualTo(new[] { "colour" }), "the service refuses it");
    }

    private static async Task ExpectErrorAsync(bool isResponse, string json, int status, string? param, string? code)
    {
        var error = (await ReadAsync(isResponse, json)).Error;

        Assert.That((error?.Status, error?.Param, error?.Code), Is.EqualTo(((int?)status, param, code)), error?.Message);
    }

    private static async Task<OpenAiRequestReader> ReadAsync(bool isResponse, string json)
    {
        var context = new DefaultHttpContext();
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var reader = new OpenAiRequestReader(Streams, isResponse);
        await reader.ReadAsync(context.Request, CancellationToken.None);
        return reader;
    }
}
