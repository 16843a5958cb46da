using System.Net;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Harness;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>What was allowed for a time ends with it.</summary>
internal sealed class ExpiryTests : AccessTest
{
    /// <summary>A token is accepted for so much longer than it says.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>Who does not read is dropped by that long after the end that these tests are about.</summary>
    protected override Dictionary<string, string> Settings => new(base.Settings) { ["Sse:WriteDeadline"] = "01:00:00" };

    [Test]
    public async Task Response_WhoseTokenExpires_EndsWithoutATerminalEvent_AndGoesOnWithANewOne()
    {
        var token = Token("alice", TimeSpan.FromMinutes(10));
        await using var viewer = await SseViewer.OpenAsync(Server, Ask.Get($"/streams/{Stream}/events").As(token));
        Script.Write("one ");
        await viewer.ExpectAsync();
        var last = await viewer.ExpectAsync();

        Time.Advance(TimeSpan.FromMinutes(10) + Skew - TimeSpan.FromSeconds(2));
        Script.Write("two ");
        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo("two "), "it is still accepted");
        Time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await viewer.NextAsync(), Is.Null, "the response ends, and nothing breaks off");

        using var again = await SendAsync(Ask.Get($"/streams/{Stream}/events", last.EventId).As(token));
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        await using var resumed = await SseViewer.OpenAsync(Server, Ask.Get($"/streams/{Stream}/events", last.EventId).As(Alice));
        Script.Write("three");
        Script.Complete();
        Assert.That(Ask.TextOf(await resumed.ReadToEndAsync()), Is.EqualTo("two three"));
        Assert.That(Server.Log.AboveInformation, Is.Empty);
        Assert.That(Server.Log.Disconnects, Is.Empty, "nobody left");
    }

    [TestCase("GET")]
    [TestCase("POST")]
    public async Task Response_ThatBeganTheGeneration_EndsToo_AndTheGenerationGoesOn(string method)
    {
        var token = Token("alice", TimeSpan.FromMinutes(1));
        await using var viewer = await SseViewer.OpenAsync(Server, (method == "GET"
            ? Ask.Get("/sse?source=scripted&onDisconnect=continue")
            : Ask.Post("/sse", """{"source":"scripted","onDisconnect":"continue"}""")).As(token));
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
        var script = await Source.NextAsync();

        Time.Advance(TimeSpan.FromMinutes(1) + Skew);

        Assert.That(await viewer.NextAsync(), Is.Null);
        script.Write("word");
        await Eventually.Happens(async () => (await Server.StateAsync(streamId, "alice")).Segments == 1, "the generation goes on");
    }

    [Test]
    public async Task Response_WhoseGrantExpires_Ends([Values] bool hasToken)
    {
        var grant = await GrantAsync(Stream, seconds: 60);
        await using var viewer = await SseViewer.OpenAsync(
            Server, Ask.Get($"/streams/{Stream}/events?grant={grant}").As(hasToken ? Bob : null));
        Assert.That((await viewer.ExpectAsync()).EventType, Is.EqualTo("started"));

        Time.Advance(TimeSpan.FromSeconds(58));
        Script.Write("word");
        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo("word"));
        Time.Advance(TimeSpan.FromSeconds(2));

        Assert.That(await viewer.NextAsync(), Is.Null);
    }

    [TestCase(long.MaxValue)]
    [TestCase(253_402_300_799)]
    [TestCase(32_503_680_000)]
    public async Task Response_WhoseTokenExpiresFarAway_IsOpen(long expiry)
    {
        var token = Tokens.Of("alice", claims => claims["exp"] = expiry, now: Time.GetUtcNow());
        await using var viewer = await SseViewer.OpenAsync(Server, Ask.Get($"/streams/{Stream}/events").As(token));
        Assert.That((await viewer.ExpectAsync()).EventType, Is.EqualTo("started"));

        Time.Advance(TimeSpan.FromHours(1));
        Script.Write("word");

        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo("word"));
    }

    [Test]
    public async Task Response_OfAReaderThatIsStillBehind_EndsToo()
    {
        var token = Token("alice", TimeSpan.FromMinutes(1));
        Script.Write(Enumerable.Range(0, 64).Select(_ => new string('x', 256 * 1024)));
        await Eventually.Happens(async () => (await Server.StateAsync(Stream, "alice")).Segments == 64, "all is there to be read");
        using var connection = await RawConnection.ViewAsync(Server.EndPoint, $"/streams/{Stream}/events?access_token={token}", receiveBuffer: 4096);

        Time.Advance(TimeSpan.FromMinutes(1) + Skew);
        await connection.ReadToEndAsync();

        Assert.That(connection.IsComplete, Is.True);
        Assert.That(connection.Body, Has.Length.LessThan(60 * 256 * 1024));
        Assert.That(connection.Body, Does.Not.Contain("[END]"));
    }

    [Test]
    public async Task Text_ThatIsStillBeingReadWhenTheTokenExpires_IsCutOff()
    {
        var token = Token("alice", TimeSpan.FromMinutes(1));
        Script.Write(Enumerable.Range(0, 64).Select(_ => new string('x', 256 * 1024)));
        await Eventually.Happens(async () => (await Server.StateAsync(Stream, "alice")).Segments == 64, "all is there to be read");
        using var connection = await RawConnection.OpenAsync(Server.EndPoint, receiveBuffer: 4096);
        await connection.SendAsync($"GET /streams/{Stream}/text HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        await connection.ReadHeadAsync();
        Assert.That(connection.Status, Is.EqualTo(200));

        Time.Advance(TimeSpan.FromMinutes(1) + Skew);
        await connection.ReadToEndAsync();

        Assert.That(connection.IsComplete, Is.False, "nobody takes it for all");
        Assert.That(connection.Body, Has.Length.LessThan(60 * 256 * 1024));
    }
}
