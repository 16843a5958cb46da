using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>The bytes of requests and responses.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class WireTests
{
    private static readonly string[] ContractHeaders =
    [
        "Content-Type: text/event-stream",
        "Cache-Control: no-cache, no-store, no-transform",
        "X-Accel-Buffering: no",
        "Content-Encoding: identity",
        "Transfer-Encoding: chunked",
    ];

    private readonly ScriptedGenerator _source = new();

    [TestCase("/sse?source=scripted", "GET")]
    [TestCase("/sse", "POST")]
    [TestCase("/streams/{id}/events", "GET")]
    public async Task Headers_OfEventStreams_FollowTheContract(string path, string method)
    {
        await using var server = RunningServer.Start(_source);
        var stream = await StartAsync(server);
        using var connection = await RawConnection.OpenAsync(server.EndPoint);
        const string body = """{"source":"scripted"}""";

        await connection.SendAsync(method == "GET"
            ? $"GET {path.Replace("{id}", stream, StringComparison.Ordinal)} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\n\r\n"
            : $"POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await connection.ReadHeadAsync();

        var lines = connection.Head.Split("\r\n");
        Assert.That(lines[0], Is.EqualTo("HTTP/1.1 200 OK"));
        Assert.That(ContractHeaders, Is.SubsetOf(lines));
        Assert.That(lines.Select(line => line.Split(':')[0]), Has.None.EqualTo("Server").And.None.EqualTo("Content-Length"));
    }

    [Test]
    public async Task FirstFrame_IsSentBeforeTheFirstSegmentExists()
    {
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Sse:Retry"] = "00:00:01.500" }, [_source]);
        using var connection = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        var script = await _source.NextAsync();

        // The generator has produced no segment yet.
        await connection.ReadUntilAsync("\n\nid: ");
        await connection.ReadUntilAsync("}\n\n");

        var stream = connection.Body.Split("id: ")[1][..22];
        Assert.That(connection.Body, Is.EqualTo(
            $$"""
            retry: 1500

            id: {{stream}}.1
            event: started
            data: {"streamId":"{{stream}}","source":"scripted"}


            """));
        script.Complete();
    }

    [Test]
    public async Task Frames_OfACompleteStream_AreExact()
    {
        await using var server = RunningServer.Start(_source);
        using var connection = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        var script = await _source.NextAsync();

        script.Write("Lorem", " ipsum", "", "\n\ntwo\n", "\r\n", "a\rb");
        script.Complete("length");
        await connection.ReadToEndAsync();

        var stream = connection.Body.Split("id: ")[1][..22];
        Assert.That(connection.Body, Is.EqualTo(
            $$"""
            retry: 2000

            id: {{stream}}.1
            event: started
            data: {"streamId":"{{stream}}","source":"scripted"}

            id: {{stream}}.2
            data: Lorem

            id: {{stream}}.3
            data:  ipsum

            id: {{stream}}.4
            data: 
            data: 
            data: two
            data: 

            id: {{stream}}.5
            data: 
            data: 

            id: {{stream}}.6
            data: a
            data: b

            id: {{stream}}.7
            event: completed
            data: {"segments":5,"characters":22,"finishReason":"length"}

            data: [END]


            """));
        Assert.That(connection.IsComplete, Is.True, "the response ends with the last chunk");
    }

    [Test]
    public async Task Segments_WithAnyCharacters_ReachAParserUnchanged()
    {
        await using var server = RunningServer.Start(_source);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await _source.NextAsync();
        string[] segments = ["data: x", ": no comment", "id: 7", "  ", "\0", "\uFEFF", "[END]", "\u2028", "🧵", new string('x', 1_000_000), "é\n"];

        script.Write(segments);
        script.Complete();
        var items = await viewer.ReadToEndAsync();

        Assert.That(Ask.TextOf(items), Is.EqualTo(string.Concat(segments)));
    }

    [Test]
    public async Task TerminalEvent_IsFollowedByTheEndMarkerWithoutAnId()
    {
        await using var server = RunningServer.Start();
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?words=3&pace=0");

        var items = await viewer.ReadToEndAsync();

        Assert.That(items, Has.Count.EqualTo(6));
        Assert.That(Ask.IsTerminal(items[^2]), Is.True);
        Assert.That(Ask.IdOf(items[^2]).Sequence, Is.EqualTo(5));
        Assert.That(Ask.IsSentinel(items[^1]), Is.True);
        Assert.That(items[0].ReconnectionInterval, Is.EqualTo(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task FailedEvent_IsProblemDetails_AndIsNotNamedError()
    {
        await using var server = RunningServer.Start(_source);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await _source.NextAsync();

        script.Write("so far");
        script.Fail(new InvalidOperationException("the inner words"));
        var items = await viewer.ReadToEndAsync();

        Assert.That(items.Select(item => item.EventType), Is.EqualTo(new[] { "started", "message", "failed", "message" }));
        var problem = JsonDocument.Parse(items[2].Data).RootElement;
        Assert.That(problem.GetProperty("type").GetString(), Does.StartWith("urn:"));
        Assert.That(problem.GetProperty("title").GetString(), Is.Not.Empty);
        Assert.That(problem.GetProperty("detail").GetString(), Is.Not.Empty);
        Assert.That(items[2].Data, Does.Not.Contain("inner words"));
    }

    [Test]
    public async Task Heartbeat_IsAComment_SentAfterAnIntervalWithoutEvents()
    {
        var time = new FakeTimeProvider();
        await using var server = RunningServer.Start([], [_source], services => services.AddSingleton<TimeProvider>(time));
        using var connection = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        var script = await _source.NextAsync();
        await connection.ReadUntilAsync("started");

        // Each event is within 15 s of the one before, so no heartbeat is sent.
        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            script.Write($"word{i}");
            await connection.ReadUntilAsync($"word{i}");
        }
        Assert.That(connection.Body, Does.Not.Contain("heartbeat"));

        await Eventually.Happens(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(15));
                return connection.Available;
            },
            "a heartbeat is sent");
        await connection.ReadUntilAsync(": heartbeat\n\n");
        script.Complete();
        await connection.ReadToEndAsync();
        Assert.That(connection.Body, Does.EndWith("data: [END]\n\n"));
    }

    [Test]
    public async Task Heartbeat_IsIgnoredByAParser()
    {
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Sse:Heartbeat"] = "00:00:00.020" }, [_source]);
        using var connection = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        var script = await _source.NextAsync();

        await connection.ReadUntilAsync(": heartbeat\n\n: heartbeat\n\n");
        script.Write("word");
        script.Complete();
        await connection.ReadToEndAsync();

        using var body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(connection.Body));
        Assert.That(SseParser.Create(body).Enumerate().Select(item => item.EventType),
            Is.EqualTo(new[] { "started", "message", "completed", "message" }));
    }

    private async Task<string> StartAsync(RunningServer server)
    {
        var response = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"scripted"}"""));
        await _source.NextAsync();
        return Ask.StartedBy(response).ToString();
    }
}
