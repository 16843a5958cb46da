using System.Text.Json;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.AiSdk;

/// <summary>The transport and the reader of the AI SDK in Node.js, against the server.</summary>
[TestFixture(5)]
[TestFixture(6)]
[TestFixture(7)]
internal sealed class JavaScriptTests(int version)
{
    private const string Lines = "One\r\ntwo\nthree\r four \"five\" \\ six \0 ☃ 😀 e\u0301\u2028end.\r\n";

    private const string Success = """{"success":true}""";

    private string _documents = "";
    private RunningServer _server = null!;

    private AiSdkClient Client => new(version);

    private AiSdkClient Slow => new(version) { Body = new { source = "lorem", words = 100_000, pace = 20 } };

    [OneTimeSetUp]
    public void StartServer()
    {
        _documents = Directory.CreateTempSubdirectory("documents-").FullName;
        File.WriteAllText(Path.Combine(_documents, "lines.txt"), Lines);
        _server = RunningServer.Start(
            new()
            {
                ["Sources:Document:Folder"] = _documents,
                ["Sse:Heartbeat"] = "00:00:00.050",
                // A client that starts slowly must find its stream running.
                ["Streams:Grace"] = "00:05:00",
            },
            [new FailingGenerator()]);
    }

    [OneTimeTearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        Directory.Delete(_documents, recursive: true);
    }

    [Test]
    public async Task Send_ReadsTheWholeTextWithItsMetadata()
    {
        var client = new AiSdkClient(version) { Body = new { source = "document", file = "lines.txt", pace = 60 } };

        var seen = await client.SendAsync(_server.Address, "lines");

        Assert.That(seen.Error, Is.Null);
        Assert.That(seen.Text, Is.EqualTo(Lines));
        Assert.That(seen.Text, Is.EqualTo(await TextAsync(seen)));
        Assert.That((seen.Status, seen.Protocol, seen.MessageId), Is.EqualTo((200, "v1", seen.StreamId)));
        Assert.That(seen.Types, Is.EqualTo(new[] { "start", "start-step", "text-start", "text-end", "finish-step", "finish" }));
        Assert.That(seen.Chunks[^1].GetProperty("finishReason").GetString(), Is.EqualTo("stop"));
        Assert.That(seen.Metadata.GetProperty("streamId").GetString(), Is.EqualTo(seen.StreamId));
        Assert.That(seen.Metadata.GetProperty("source").GetString(), Is.EqualTo("document"));
        Assert.That(seen.Metadata.GetProperty("characters").GetInt32(), Is.EqualTo(Lines.Length));
        Assert.That(seen.Metadata.GetProperty("finishReason").GetString(), Is.EqualTo("stop"));
    }

    [TestCase("unknown", "source")]
    [TestCase("lorem", "colour")]
    public async Task Send_OfAnInvalidRequest_ThrowsWithTheProblem(string source, string field)
    {
        var client = new AiSdkClient(version) { Body = new { source, colour = "red" } };

        var seen = await client.SendAsync(_server.Address, "invalid");

        Assert.That(seen.Status, Is.EqualTo(400));
        Assert.That(JsonDocument.Parse(seen.Error!.Message).RootElement.GetProperty("errors").TryGetProperty(field, out _), Is.True);
    }

    [Test]
    public async Task Generation_ThatFails_ThrowsWithTitleAndDetail()
    {
        var seen = await new AiSdkClient(version) { Body = new { source = FailingGenerator.Name } }.SendAsync(_server.Address, "failing");

        Assert.That(seen.Error?.Message, Is.EqualTo("The source failed. It said no."));
        Assert.That(seen.Text, Is.EqualTo("Some text"));
    }

    [Test]
    public async Task StopRoute_EndsTheStreamAtOnce()
    {
        var sending = Slow.SendAsync(_server.Address, "to stop");
        var chat = Chat("to stop");
        await chat.RunsAsync(viewers: 1);

        Assert.That(await chat.StopAsync(new { activeStreamId = "another" }), Is.EqualTo(Success));
        Assert.That(await chat.GetAsync("status"), Is.EqualTo("running"));
        Assert.That(await chat.StopAsync(new { assistantMessage = new { id = "x", parts = Array.Empty<object>() } }), Is.EqualTo(Success));

        var seen = await sending;
        Assert.That(seen.Error, Is.Null);
        Assert.That(seen.Types, Is.EqualTo(new[] { "start", "start-step", "text-start", "text-end", "abort" }));
        Assert.That(seen.Text, Is.EqualTo(await TextAsync(seen)));
        Assert.That(await chat.GetAsync("reason"), Is.EqualTo("requested"));
        Assert.That(await chat.StopAsync(), Is.EqualTo(Success), "again");
        Assert.That(await Chat("never sent").StopAsync(), Is.EqualTo(Success));
    }

    [TestCase("a chat")]
    [TestCase("a/b?c=d&e#f%2Fg%")]
    [TestCase("…😀ä\"'<>\\")]
    [TestCase("stream")]
    [TestCase("...")]
    public async Task Reconnect_AfterALoss_ReplaysTheSameMessage(string id)
    {
        var chat = Chat(id);
        var left = await Slow.SendAsync(_server.Address, id, leaveAfter: 20);
        Assert.That(await chat.GetAsync("id"), Is.EqualTo(left.StreamId));
        await chat.RunsAsync(viewers: 0);

        var reconnecting = Client.ReconnectAsync(_server.Address, id);
        await chat.RunsAsync(viewers: 1);
        await chat.StopAsync();
        var seen = (await reconnecting).Single();

        Assert.That(seen.Error, Is.Null);
        Assert.That((seen.MessageId, seen.StreamId), Is.EqualTo((left.MessageId, left.StreamId)));
        Assert.That(seen.Text, Does.StartWith(left.Text));
        Assert.That(seen.Text, Is.EqualTo(await TextAsync(seen)));
    }

    [Test]
    public async Task Reconnect_WithoutARunningStream_IsNone()
    {
        var sent = await Client.SendAsync(_server.Address, "ended");
        var results = await Client.ReconnectAsync(_server.Address, "ended", "never sent");

        Assert.That(sent.Error, Is.Null);
        Assert.That(results.Select(result => (result.IsNone, result.Status)), Is.All.EqualTo((true, 204)));
        Assert.That(results.Select(result => result.StreamId), Is.EqualTo(new[] { sent.StreamId, null }));
    }

    [Test]
    public async Task TwoMessagesOfOneChat_BothRun_AndTheLaterOneIsTheChats()
    {
        var seen = await Client.SendAsync(_server.Address, ["busy", "busy"], atOnce: true);

        Assert.That(seen.Select(each => each.Error), Is.All.Null);
        Assert.That(seen[0].StreamId, Is.Not.EqualTo(seen[1].StreamId));
        foreach (var each in seen)
            Assert.That(each.Text, Is.EqualTo(await TextAsync(each)));
        var created = await Task.WhenAll(seen.Select(each => _server.StateAsync(each.Id)));
        Assert.That(await Chat("busy").GetAsync("id"), Is.EqualTo(created.MaxBy(state => state.Created)!.Id.ToString()));
    }

    private ChatClient Chat(string id) => new(_server.Address, id);

    private Task<string> TextAsync(AiSdkResult seen) => Chat(seen.ChatId).ReadTextAsync(seen.StreamId);
}
