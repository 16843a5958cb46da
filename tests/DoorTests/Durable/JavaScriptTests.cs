using System.Net.Http.Json;
using System.Text.Json;
using SseStreaming.DoorTests.OpenAi;
using SseStreaming.DoorTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.Durable;

/// <summary>What an application sees with the official client.</summary>
internal sealed class JavaScriptTests
{
    /// <summary>Events end lines with LF only, so a text with another line end is not the same live.</summary>
    private static readonly string[] Texts = ["  two spaces", " one\n", "\n\n", "\ttab ", "event: control\ndata: {}\n\n", ": comment", "☃ 😀 end", " "];

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        await NodeProgram.RequireAsync();
        _server = RunningServer.Start(new() { ["Sse:Heartbeat"] = "00:00:01" }, [new TextGenerator("text", Texts) { Pace = TimeSpan.FromMilliseconds(20) }]);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [TestCase("sse")]
    [TestCase("long-poll")]
    public async Task Generation_IsReadLive(string live)
    {
        using var started = await _server.Client.PostAsJsonAsync("/streams", new { source = "text", onDisconnect = "continue" });
        var id = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();

        var seen = await DurableClient.RunAsync(new DurableJob("read", $"/v1/stream/{id}", _server.Address) { Live = live });

        Assert.That(seen.Text, Is.EqualTo(string.Concat(Texts)));
        Assert.That((seen.IsClosed, seen.Connections, seen.Errors.Count), Is.EqualTo((true, 1, 0)));
    }

    [TestCase("sse")]
    [TestCase("long-poll")]
    public async Task Text_IsWritten_AndReadLive(string live)
    {
        var path = $"/v1/stream/texts/{live}";

        var seen = await DurableClient.RunAsync(
            new DurableJob("write", path, _server.Address) { Texts = Texts, Pace = 100 },
            new DurableJob("read", path, _server.Address) { Live = live });

        Assert.That(seen[1].Text, Is.EqualTo(string.Concat(Texts)));
        Assert.That(seen[1].ContentType, Is.EqualTo("text/plain"));
        Assert.That(seen[1].Offset, Is.EqualTo(seen[0].Offset));
        Assert.That(seen.SelectMany(result => result.Errors), Is.Empty);
    }

    [TestCase("sse")]
    [TestCase("long-poll")]
    public async Task Json_IsWritten_AndReadLive(string live)
    {
        var path = $"/v1/stream/messages/{live}";
        object[] messages = [1, "two\r\n", new { three = " 3" }, new[] { 4, 5 }, "☃", true];

        var seen = await DurableClient.RunAsync(
            new DurableJob("write", path, _server.Address) { ContentType = "application/json", Texts = messages, Pace = 100 },
            new DurableJob("read", path, _server.Address) { Live = live });

        Assert.That(seen[1].Items, Is.EqualTo(messages.Select(message => JsonSerializer.SerializeToElement(message))).Using<JsonElement>(JsonElement.DeepEquals));
        Assert.That(seen.SelectMany(result => result.Errors), Is.Empty);
        Assert.That((await DurableClient.RunAsync(new DurableJob("read", path, _server.Address) { Live = false })).Items, Has.Count.EqualTo(messages.Length));
    }
}
