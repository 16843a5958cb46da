using System.Text.Json;
using FsCheck.Fluent;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;
using SseStreaming.AspNetCore.Binding;
using SseStreaming.AspNetCore.Doors.AiSdk;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Doors.AiSdk;

internal sealed class ChatRequestBinderTests
{
    private const string Hi = """[{"id":"m1","role":"user","parts":[{"type":"text","text":"Hi"}]}]""";

    private readonly BinderFixture _request = new();
    private readonly ChatRequestBinder _binder;

    public ChatRequestBinderTests()
    {
        SourceDescription[] sources =
        [
            new("lorem", "Words.") { Options = [new SourceOption("words", OptionType.Integer, "How many.")] },
            new("model", "A model.") { TakesMessages = true, Prompt = PromptUse.Required },
            new("rows", "Rows.") { KeepsEvents = 100 },
        ];
        _binder = new ChatRequestBinder(Mock.Of<ITextStreamService>(streams => streams.Sources == sources && streams.DefaultSource == "lorem"));
    }

    [Test]
    public async Task Body_OfTheSdk_IsAStartRequestOfTheThread()
    {
        var request = await ReadAsync(
            $$"""{"words":5,"source":"lorem","onDisconnect":"continue","id":"chat 1","messages":{{Hi}},"trigger":"submit-message","messageId":"m1"}""");

        Assert.That((request.Thread, request.Source, request.OnDisconnect, request.Prompt), Is.EqualTo(("chat 1", "lorem", OnDisconnect.Continue, "Hi")));
        Assert.That(request.Options, Is.EqualTo(new Dictionary<string, OptionValue> { ["words"] = new("5", OptionForm.Number) }));
        Assert.That(request.Messages, Is.Empty);
    }

    [Test]
    public async Task Body_WithoutASource_IsForTheDefaultSource()
    {
        var request = await ReadAsync($$"""{"id":"c","messages":{{Hi}},"source":null,"words":null,"messageId":null}""");

        Assert.That((request.Source, request.Prompt, request.OnDisconnect, request.Options.Count), Is.EqualTo(((string?)null, "Hi", OnDisconnect.Stop, 0)));
    }

    [Test]
    public async Task Messages_OfASourceThatTakesThem_ArePassedOn()
    {
        var request = await ReadAsync("""
            {"id":"c","source":"model","messages":[
              {"role":"system","parts":[{"type":"text","text":"Be brief."}]},
              {"id":"1","role":"user","metadata":{"a":{"b":[1]}},"parts":[{"type":"text","text":"Hi"},{"type":"data-x","data":[[[[[[[[{}]]]]]]]]},{"type":"text","text":" there","state":"done"}]},
              {"id":"2","role":"assistant","parts":[{"type":"step-start"}]},
              {"id":"3","role":"assistant","parts":[{"type":"step-start"},{"type":"reasoning","text":"Hm."},{"type":"text","text":"Hello"}]},
              {"id":"4","role":"user","parts":[{"type":"text","text":"Who?"}]}]}
            """);

        Assert.That(request.Prompt, Is.Null);
        Assert.That(request.Messages, Is.EqualTo(new ConversationMessage[]
        {
            new(ConversationRole.System, "Be brief."), new(ConversationRole.User, "Hi there"),
            new(ConversationRole.Assistant, "Hello"), new(ConversationRole.User, "Who?"),
        }));
    }

    [Test]
    public void Text_OfAnyMessages_IsThatOfTheirTextParts() => Always.HoldsForLists(Gen.ArrayOf(Texts.Cuttings), messages =>
    {
        var texts = messages.Select(parts => parts.Select(Texts.WellFormed).ToArray()).Append(["the last"]).ToArray();
        var body = JsonSerializer.Serialize(new
        {
            id = "c",
            source = "model",
            messages = texts.Select(parts => new { role = "user", parts = parts.Select(text => new { type = "text", text }) }),
        });

        Assert.That(ReadAsync(body).Result.Messages.Select(message => message.Content), Is.EqualTo(texts.Select(parts => string.Concat(parts)).Where(text => text.Length > 0)));
    });

    [TestCase("null", "id")]
    [TestCase("5", "id")]
    [TestCase("\"\"", "id")]
    [TestCase("\".\"", "id")]
    [TestCase("\"..\"", "id")]
    [TestCase("\"a\\u0000b\"", "id")]
    [TestCase("\"a\\nb\"", "id")]
    public async Task InvalidChatId_IsAnErrorOfTheField(string id, string field) =>
        Assert.That((await _request.Post($$"""{"id":{{id}},"messages":{{Hi}}}""").ReadAsync(_binder)).Errors.Keys, Is.EqualTo(new[] { field }));

    [TestCase(128, true)]
    [TestCase(129, false)]
    public async Task ChatId_HasAMaximumLength(int length, bool isValid) =>
        Assert.That((await _request.Post($$"""{"id":"{{new string('ä', length)}}","messages":{{Hi}}}""").ReadAsync(_binder)).State.IsValid, Is.EqualTo(isValid));

    [TestCase("\"messages\":null", "messages")]
    [TestCase("\"x\":1", "messages")]
    [TestCase("\"messages\":[]", "messages")]
    [TestCase("\"messages\":{}", "messages")]
    [TestCase("\"messages\":[1]", "messages[0]")]
    [TestCase("\"messages\":[{\"role\":\"tool\",\"parts\":[]}]", "messages[0].role")]
    [TestCase("\"messages\":[{\"parts\":[]}]", "messages[0].role")]
    [TestCase("\"messages\":[{\"role\":\"user\"}]", "messages[0].parts")]
    [TestCase("\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]", "messages[0].parts")]
    [TestCase("\"messages\":[{\"role\":\"user\",\"parts\":[1]}]", "messages[0].parts[0]")]
    [TestCase("\"messages\":[{\"role\":\"user\",\"parts\":[{\"type\":\"text\"}]}]", "messages[0].parts[0]")]
    [TestCase("\"messages\":[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"Hi\"},{\"type\":\"file\",\"url\":\"data:\"}]}]", "messages[0].parts[1]")]
    [TestCase("\"messages\":[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"\"}]}]", "messages")]
    [TestCase("\"messages\":" + Hi + ",\"source\":1", "source")]
    [TestCase("\"messages\":" + Hi + ",\"source\":\"rows\"", "source")]
    [TestCase("\"messages\":" + Hi + ",\"onDisconnect\":\"wait\"", "onDisconnect")]
    public async Task InvalidField_IsAnErrorOfItsPath(string fields, string path) =>
        Assert.That((await _request.Post($$"""{"id":"c",{{fields}}}""").ReadAsync(_binder)).Errors.Keys, Is.EqualTo(new[] { path }));

    [Test]
    public async Task UnknownSource_IsLeftToTheService() =>
        Assert.That((await ReadAsync($$"""{"id":"c","messages":{{Hi}},"source":"none"}""")).Source, Is.EqualTo("none"));

    [Test]
    public async Task Errors_DoNotRepeatTheRequest()
    {
        var bound = await _request.Post("""{"id":"secret\u0001","messages":[{"role":"secret","parts":["secret"]}],"source":["secret"],"onDisconnect":"secret"}""").ReadAsync(_binder);

        Assert.That(bound.Errors.Values, Has.Count.EqualTo(4).And.None.Contains("secret"));
    }

    [Test]
    public async Task IdempotencyKey_IsRead() =>
        Assert.That((await _request.Post($$"""{"id":"c","messages":{{Hi}}}""").Header("Idempotency-Key", "k").ReadAsync(_binder)).Value<StartRequest>().IdempotencyKey,
            Is.EqualTo("k"));

    private async Task<StartRequest> ReadAsync(string body) => (await _request.Post(body).ReadAsync(_binder)).Value<StartRequest>();
}
