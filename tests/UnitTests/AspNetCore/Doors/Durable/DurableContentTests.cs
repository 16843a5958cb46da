using System.Text;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Doors.Durable;
using SseStreaming.Domain;

namespace SseStreaming.UnitTests.AspNetCore.Doors.Durable;

internal sealed class DurableContentTests
{
    [TestCase("text/plain", "text/plain")]
    [TestCase("TEXT/Markdown; charset=\"UTF-8\"", "text/markdown")]
    [TestCase("application/json;charset=utf-8", "application/json")]
    [TestCase("text/plain; charset=latin1", null)]
    [TestCase("application/octet-stream", null)]
    [TestCase("application/jsonl", null)]
    [TestCase("text", null)]
    [TestCase("", null)]
    public void MediaType_IsTextOrJson(string contentType, string? expected) =>
        Assert.That(DurableContent.Parse(contentType)?.MediaType, Is.EqualTo(expected));

    [Test]
    public void Content_IsKeptInTheProperties()
    {
        var json = new DurableContent("application/json");

        Assert.That(json.Properties, Is.EqualTo("""{"durable":{"contentType":"application/json"}}"""));
        Assert.That(DurableContent.From(State(json.Properties)), Is.EqualTo(json));
    }

    [TestCase(null)]
    [TestCase("{}")]
    [TestCase("""{"background":true}""")]
    public void Content_OfAnotherStream_IsText(string? properties) =>
        Assert.That(DurableContent.From(State(properties)), Is.EqualTo(DurableContent.Utf8Text));

    [Test]
    public void Text_IsAppendedAsItIs() => Assert.That(Read("text/plain", "\uFEFF a\r\nb\r"), Is.EqualTo(new[] { "\uFEFF a\r\nb\r" }));

    [TestCase("1", "1\n")]
    [TestCase("[1, [2,\r\n3], \"\\r\\n\u2028\" ]", "1\n|[2,3]\n|\"\\r\\n\u2028\"\n")]
    [TestCase("{\n \"a\" : 1e3\n}", "{ \"a\" : 1e3}\n")]
    [TestCase("\"\\ud800\"", "\"\\ud800\"\n")]
    public void Message_IsALine(string body, string expected) => Assert.That(Read("application/json", body), Is.EqualTo(expected.Split('|')));

    [TestCase("[]")]
    [TestCase("")]
    public void NoMessages_AreNoTexts(string body) => Assert.That(Read("application/json", body), Is.Empty);

    [TestCase("{ invalid }")]
    [TestCase("1 2")]
    [TestCase("[1,]")]
    public void InvalidJson_HasNoTexts(string body) => Assert.That(Read("application/json", body), Is.Null);

    [Test]
    public void BytesThatAreNotUtf8_HaveNoTexts([Values("text/plain", "application/json")] string type) =>
        Assert.That(new DurableContent(type).Read(new byte[] { (byte)'"', 0xC3, (byte)'"' }), Is.Null);

    private static IReadOnlyList<string>? Read(string type, string body) => new DurableContent(type).Read(Encoding.UTF8.GetBytes(body));

    private static StreamState State(string? properties)
    {
        var id = StreamId.New();
        return new(id, "external", StreamStatus.Running, DateTimeOffset.UnixEpoch, 0, 0, 0, new EventId(id, 1), null) { Properties = properties };
    }
}
