using System.Net;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>Streams that started before authentication was turned on, or before it was turned off again.</summary>
internal sealed class SwitchedOnTests
{
    private string _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("switched-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task EarlierStreams_AreUnknown_AfterAuthenticationIsTurnedOnOrOff()
    {
        var (before, alices) = (await StartOnAsync([], token: null), await StartOnAsync(Tokens.Settings, Tokens.Of("alice")));

        await using (var on = Start(Tokens.Settings))
        {
            Assert.That(await StatusAsync(on, before, Tokens.Of("alice")), Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(await StatusAsync(on, alices, Tokens.Of("alice")), Is.EqualTo(HttpStatusCode.OK), "a restart changes nothing");
            Assert.That(await StatusAsync(on, alices, Tokens.Of("bob")), Is.EqualTo(HttpStatusCode.NotFound));
            await StopAsync(on);
        }
        await using var off = Start([]);
        Assert.That(await StatusAsync(off, before, token: null), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusAsync(off, alices, token: null), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await StatusAsync(off, alices, Tokens.Of("alice")), Is.EqualTo(HttpStatusCode.NotFound), "tokens are ignored");
    }

    [Test]
    public async Task Grants_WithoutAuthentication_AreRefused_AndIgnoredInAQuery()
    {
        await using var server = Start([]);
        using var started = await server.Client.SendAsync(Ask.Post("/streams", """{"words":1,"pace":0}"""));
        var streamId = Ask.StartedBy(started);

        using var refused = await server.Client.SendAsync(Ask.Post($"/streams/{streamId}/grants", "{}"));
        using var read = await server.Client.SendAsync(Ask.Get($"/streams/{streamId}?grant=x&access_token=y"));

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(read.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    private RunningServer Start(Dictionary<string, string> settings) =>
        RunningServer.Start(new(settings) { ["Store"] = "Sqlite", ["DataFolder"] = _folder }, []);

    private async Task<StreamId> StartOnAsync(Dictionary<string, string> settings, string? token)
    {
        await using var server = Start(settings);
        using var response = await server.Client.SendAsync(Ask.Post("/streams", """{"words":1,"pace":0,"onDisconnect":"continue"}""").As(token));
        var streamId = Ask.StartedBy(response);
        await StopAsync(server);
        return streamId;
    }

    /// <summary>Stops the server, and waits until it has released the folder.</summary>
    private async Task StopAsync(RunningServer server)
    {
        await server.StopAsync();
        await Eventually.Happens(IsFree, "the folder is free");
    }

    private bool IsFree()
    {
        try
        {
            using var held = new FileStream(Path.Combine(_folder, "streams.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningServer server, StreamId streamId, string? token)
    {
        using var response = await server.Client.SendAsync(Ask.Get($"/streams/{streamId}").As(token));
        return response.StatusCode;
    }
}
