using System.Net;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>Access that is limited in time ends at that time.</summary>
internal sealed class ExpiryTests : AccessTest
{
    /// <summary>How long a token is accepted after its expiry.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>A viewer that does not read is disconnected this long after its token expired.</summary>
    protected override Dictionary<string, string> Settings => new(base.Settings) { ["Sse:WriteDeadline"] = "01:00:00" };

    [Test]
    public async Task Response_WhoseTokenExpires_EndsWithoutATerminalEvent_AndContinuesWithANewToken()
    {
        var token = Token("alice", TimeSpan.FromMinutes(10));
        await using var viewer = await SseViewer.OpenAsync(Server, Ask.Get($"/streams/{Stream}/events").As(token));
        Script.Write("one ");
        await viewer.ExpectAsync();
        var last = await viewer.ExpectAsync();

        Time.Advance(TimeSpan.FromMinutes(10) + Skew - TimeSpan.FromSeconds(2));
        Script.Write("two ");
        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo("two "), "the token is still accepted");
        Time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await viewer.NextAsync(), Is.Null, "the response ends regularly");

        using var again = await SendAsync(Ask.Get($"/streams/{Stream}/events", last.EventId).As(token));
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        await using var resumed = await SseViewer.OpenAsync(Server, Ask.Get($"/streams/{Stream}/events", last.EventId).As(Alice));
        Script.Write("three");
        Script.Complete();
        Assert.That(Ask.TextOf(await resumed.ReadToEndAsync()), Is.EqualTo("two three"));
        Assert.That(Server.Log.AboveInformation, Is.Empty);
        Assert.That(Server.Log.Disconnects, Is.Empty, "no client disconnected");
    }

    [TestCase("GET")]
    [TestCase("POST")]
    public async Task Response_ThatStartedTheGeneration_Ends_AndTheGenerationContinues(string method)
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
        await Eventually.Happens(async () => (await Server.StateAsync(streamId, "alice")).Segments == 1, "the generation continues");
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
    public async Task Response_WhoseTokenExpiresMuchLater_IsOpen(long expiry)
    {
        var token = Tokens.Of("alice", claims => claims["exp"] = expiry, now: Time.GetUtcNow());
        await using var viewer = await SseViewer.OpenAsync(Server, Ask.Get($"/streams/{Stream}/events").As(token));
        Assert.That((await viewer.ExpectAsync()).EventType, Is.EqualTo("started"));

        Time.Advance(TimeSpan.FromHours(1));
        Script.Write("word");

        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo("word"));
    }

    [Test]
    public async Task Response_OfASlowReader_Ends()
    {
        var token = Token("alice", TimeSpan.FromMinutes(1));
        Script.Write(Enumerable.Range(0, 64).Select(_ => new string('x', 256 * 1024)));
        await Eventually.Happens(async () => (await Server.StateAsync(Stream, "alice")).Segments == 64, "all segments are stored");
        using var connection = await RawConnection.ViewAsync(Server.EndPoint, $"/streams/{Stream}/events?access_token={token}", receiveBuffer: 4096);

        Time.Advance(TimeSpan.FromMinutes(1) + Skew);
        await connection.ReadToEndAsync();

        Assert.That(connection.IsComplete, Is.True);
        Assert.That(connection.Body, Has.Length.LessThan(60 * 256 * 1024));
        Assert.That(connection.Body, Does.Not.Contain("[END]"));
    }

    [Test]
    public async Task Text_WhoseTokenExpiresWhileItIsRead_IsAborted()
    {
        var token = Token("alice", TimeSpan.FromMinutes(1));
        Script.Write(Enumerable.Range(0, 64).Select(_ => new string('x', 256 * 1024)));
        await Eventually.Happens(async () => (await Server.StateAsync(Stream, "alice")).Segments == 64, "all segments are stored");
        using var connection = await RawConnection.OpenAsync(Server.EndPoint, receiveBuffer: 4096);
        await connection.SendAsync($"GET /streams/{Stream}/text HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        await connection.ReadHeadAsync();
        Assert.That(connection.Status, Is.EqualTo(200));

        Time.Advance(TimeSpan.FromMinutes(1) + Skew);
        await connection.ReadToEndAsync();

        Assert.That(connection.IsComplete, Is.False, "the client can tell that the text is incomplete");
        Assert.That(connection.Body, Has.Length.LessThan(60 * 256 * 1024));
    }
}
