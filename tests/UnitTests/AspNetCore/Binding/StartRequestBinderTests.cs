using System.Text;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;
using SseStreaming.AspNetCore.Binding;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Binding;

internal sealed class StartRequestBinderTests
{
    private readonly StartRequestBinder _binder = new();
    private readonly BinderFixture _request = new();

    [Test]
    public async Task Query_HasAFieldPerParameter()
    {
        var request = await ReadAsync(_request.Get("?prompt=Tell%20me%20%C3%A4&source=lorem&words=5&onDisconnect=continue"));

        Assert.That((request.Prompt, request.Source, request.OnDisconnect), Is.EqualTo(("Tell me ä", "lorem", OnDisconnect.Continue)));
        Assert.That(request.Options, Is.EqualTo(new Dictionary<string, OptionValue> { ["words"] = new("5", OptionForm.Query) }));
    }

    [Test]
    public async Task Body_HasTheSameFieldNamesAsAQuery()
    {
        var request = await ReadAsync(_request.Post("""{"prompt":"Tell me ä","source":"lorem","words":5,"file":"a","deep":true,"list":[1],"onDisconnect":"continue","seed":null}"""));

        Assert.That((request.Prompt, request.Source, request.OnDisconnect), Is.EqualTo(("Tell me ä", "lorem", OnDisconnect.Continue)));
        Assert.That(request.Options, Is.EquivalentTo(new Dictionary<string, OptionValue>
        {
            ["words"] = new("5", OptionForm.Number),
            ["file"] = new("a", OptionForm.String),
            ["deep"] = new("true", OptionForm.Boolean),
            ["list"] = new("", OptionForm.Other),
        }));
    }

    [TestCase("")]
    [TestCase("?lastEventId=")]
    public async Task EmptyRequest_HasTheDefaults(string query)
    {
        var request = await ReadAsync(_request.Get(query));

        Assert.That((request.Prompt, request.Source, request.OnDisconnect, request.Options.Count), Is.EqualTo(((string?)null, (string?)null, OnDisconnect.Stop, 0)));
    }

    [Test]
    public async Task Resume_NeedsNeitherFieldsNorBody()
    {
        var id = new EventId(StreamId.New(), 1).ToString();

        Assert.That((await ReadAsync(_request.Post("", contentType: null).Header("Last-Event-ID", id))).Source, Is.Null);
        Assert.That((await ReadAsync(_request.Get($"?lastEventId={id}&onDisconnect=nonsense"))).Source, Is.Null);
    }

    [TestCase("application/json")]
    [TestCase("application/json; charset=utf-8")]
    [TestCase("APPLICATION/JSON;charset=\"UTF-8\"")]
    [TestCase("application/merge-patch+json")]
    public async Task Body_OfAnyJsonType_IsRead(string contentType) =>
        Assert.That((await ReadAsync(_request.Post("""{"source":"lorem"}""", contentType))).Source, Is.EqualTo("lorem"));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("text/plain")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("application/json; charset=iso-8859-1")]
    [TestCase("nonsense")]
    public async Task Body_OfAnotherType_IsAnUnsupportedMediaType(string? contentType)
    {
        var bound = await _request.Post("""{"source":"lorem"}""", contentType).ReadAsync(_binder);

        Assert.That(bound.State["Content-Type"]!.Errors.Single().Exception, Is.InstanceOf<UnsupportedContentTypeException>());
    }

    [TestCase("", "")]
    [TestCase("{", "")]
    [TestCase("""{"source":"lorem" """, "")]
    [TestCase("""{"source":"lorem"}}""", "")]
    [TestCase("""{'source':'lorem'}""", "")]
    [TestCase("[]", "")]
    [TestCase("\"lorem\"", "")]
    [TestCase("null", "")]
    [TestCase("""{"source":"lorem","source":"document"}""", "")]
    [TestCase("""{"file":"\ud800"}""", "")]
    [TestCase("""{"\ud800":1}""", "")]
    [TestCase("""{"a":[[[[[[[[[[1]]]]]]]]]]}""", "")]
    [TestCase("""{"source":5}""", "source")]
    [TestCase("""{"prompt":["a"]}""", "prompt")]
    [TestCase("""{"prompt":{}}""", "prompt")]
    [TestCase("""{"onDisconnect":"maybe"}""", "onDisconnect")]
    [TestCase("""{"onDisconnect":true}""", "onDisconnect")]
    public async Task InvalidBody_IsAnErrorOfTheField(string body, string field) =>
        Assert.That((await _request.Post(body).ReadAsync(_binder)).Errors.Keys, Is.EqualTo(new[] { field }));

    [Test]
    public async Task InvalidBody_IsNotRepeated()
    {
        var bound = await _request.Post("""{"prompt":"my secret", secret}""").ReadAsync(_binder);

        Assert.That(bound.Errors[""], Does.Contain("line 1").And.Not.Contain("secret"));
    }

    [Test]
    public async Task Body_ThatIsNotUtf8_IsAnError() =>
        Assert.That((await _request.Post([.. "{\"prompt\":\""u8, 0xC3, 0x28, .. "\"}"u8]).ReadAsync(_binder)).Errors[""], Is.EqualTo("The body is not UTF-8."));

    [Test]
    public async Task Body_WithAByteOrderMark_IsRead() =>
        Assert.That((await ReadAsync(_request.Post([.. Encoding.UTF8.Preamble, .. """{"source":"lorem"}"""u8]))).Source, Is.EqualTo("lorem"));

    [TestCase("?prompt=a&prompt=b", "prompt")]
    [TestCase("?words=1&words=2", "words")]
    [TestCase("?onDisconnect=Stop", "onDisconnect")]
    [TestCase("?%3Cscript%3E=1&%3Cscript%3E=2", "option")]
    public async Task InvalidQuery_IsAnErrorOfTheField(string query, string field) =>
        Assert.That((await _request.Get(query).ReadAsync(_binder)).Errors.Keys, Is.EqualTo(new[] { field }));

    [Test]
    public async Task SeveralErrors_AreAllReported() =>
        Assert.That((await _request.Post("""{"source":1,"prompt":2,"onDisconnect":3}""").Header("Idempotency-Key", "a b").ReadAsync(_binder)).Errors.Keys,
            Is.EquivalentTo(new[] { "source", "prompt", "onDisconnect", "Idempotency-Key" }));

    [Test]
    public async Task TooManyFields_AreOneError()
    {
        var body = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"o{i}\":{i}"));

        Assert.That((await _request.Post($"{{{body}}}").ReadAsync(_binder)).Errors.Keys, Is.EqualTo(new[] { "" }));
    }

    [Test]
    public async Task IdempotencyKey_OfAPost_IsRead() =>
        Assert.That((await ReadAsync(_request.Post("{}").Header("Idempotency-Key", "7c0e-1"))).IdempotencyKey, Is.EqualTo("7c0e-1"));

    [Test]
    public async Task IdempotencyKey_OfAGet_IsIgnored() =>
        Assert.That((await ReadAsync(_request.Get("").Header("Idempotency-Key", "7c0e-1"))).IdempotencyKey, Is.Null);

    [TestCase("a b")]
    [TestCase("ä")]
    [TestCase("tab\t")]
    public async Task IdempotencyKey_WithOtherCharacters_IsAnError(string key) =>
        Assert.That((await _request.Post("{}").Header("Idempotency-Key", key).ReadAsync(_binder)).Errors.Keys, Is.EqualTo(new[] { "Idempotency-Key" }));

    [TestCase(255, true)]
    [TestCase(256, false)]
    public async Task IdempotencyKey_HasAMaximumLength(int length, bool isValid) =>
        Assert.That((await _request.Post("{}").Header("Idempotency-Key", new string('k', length)).ReadAsync(_binder)).State.IsValid, Is.EqualTo(isValid));

    [Test]
    public async Task Messages_AreReadInOrder()
    {
        var request = await ReadAsync(_request.Post(
            """{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},{"content":"Hello","role":"assistant"},{"role":"user","content":"Who are you?"}]}"""));

        Assert.That(request.Messages, Is.EqualTo(new ConversationMessage[]
        {
            new(ConversationRole.System, "Be brief."), new(ConversationRole.User, "Hi"),
            new(ConversationRole.Assistant, "Hello"), new(ConversationRole.User, "Who are you?"),
        }));
    }

    [TestCase("""{"messages":[]}""", "messages")]
    [TestCase("""{"messages":"Hi"}""", "messages")]
    [TestCase("""{"messages":["Hi"]}""", "messages[0]")]
    [TestCase("""{"messages":[{"role":"user","content":"Hi"},{"role":"user"}]}""", "messages[1].content")]
    [TestCase("""{"messages":[{"role":"admin","content":"Hi"}]}""", "messages[0].role")]
    [TestCase("""{"messages":[{"role":1,"content":"Hi"}]}""", "messages[0].role")]
    [TestCase("""{"messages":[{"role":"user","content":""}]}""", "messages[0].content")]
    [TestCase("""{"messages":[{"role":"user","content":"Hi","name":"me"}]}""", "messages[0]")]
    public async Task InvalidMessages_AreErrorsOfTheirPath(string body, string field) =>
        Assert.That((await _request.Post(body).ReadAsync(_binder)).Errors.Keys, Is.EqualTo(new[] { field }));

    [Test]
    public async Task Messages_InAQuery_AreAnError() =>
        Assert.That((await _request.Get("?messages=Hi").ReadAsync(_binder)).Errors.Keys, Is.EqualTo(new[] { "messages" }));

    private async Task<StartRequest> ReadAsync(BinderFixture request) => (await request.ReadAsync(_binder)).Value<StartRequest>();
}
