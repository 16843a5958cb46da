using Microsoft.AspNetCore.Http;
using SseStreaming.Client;
using static SseStreaming.IntegrationTests.Client.ScriptedServer;

namespace SseStreaming.IntegrationTests.Client;

/// <summary>What the .NET client makes of the answers of servers and proxies.</summary>
internal sealed class TextStreamClientHttpTests
{
    private static readonly TextStreamOptions Fast = new() { BaseDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(5) };

    [TestCase(205)]
    [TestCase(299)]
    [TestCase(404)]
    [TestCase(410)]
    public async Task Status_ThatIsNoStream_IsFinal(int status)
    {
        await using var server = await StartAsync(Status(status));

        var exception = await Assert.ThrowsAsync<TextStreamHttpException>(() => ReadAsync(server));

        Assert.That((int)exception!.StatusCode, Is.EqualTo(status));
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task NoContent_EndsWithoutAnException()
    {
        await using var server = await StartAsync(Status(204));

        Assert.That(await ReadAsync(server), Is.Empty);
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [TestCase(429)]
    [TestCase(500)]
    [TestCase(503)]
    public async Task TransientStatus_IsRepeated_WithTheSameKey(int status)
    {
        await using var server = await StartAsync(Status(status, "0"), Status(status), Events(Started + Completed));

        Assert.That(await ReadAsync(server), Has.Count.EqualTo(2));
        Assert.That(server.Requests.Select(request => request.Line), Is.All.EqualTo("POST /sse"));
        Assert.That(server.Requests.Select(request => request.Body), Is.All.EqualTo("""{"source":"lorem"}"""));
        Assert.That(server.Requests.Select(request => request.IdempotencyKey).Distinct().Single(), Has.Length.EqualTo(32));
    }

    [Test]
    public async Task RetryAfter_IsWaitedFor()
    {
        await using var server = await StartAsync(Status(503, "7"));
        var stream = Start(server);
        var waits = new TaskCompletionSource<TimeSpan>();
        stream.Reconnecting = (error, delay) => waits.TrySetResult(delay);
        using var cancellation = new CancellationTokenSource();
        var reading = ReadAsync(stream, cancellation.Token);

        Assert.That(await waits.Task.WaitAsync(Eventually.Limit), Is.InRange(TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7.1)));
        await cancellation.CancelAsync();
        Assert.That(() => reading, Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase("text/plain")]
    [TestCase("text/event-stream-x")]
    public async Task OtherContentType_IsFinal(string contentType)
    {
        await using var server = await StartAsync(Events(Started, contentType));

        Assert.That(() => ReadAsync(server), Throws.InstanceOf<TextStreamContentTypeException>());
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [TestCase("text/event-stream;charset=utf-8")]
    [TestCase("Text/Event-Stream")]
    public async Task ContentType_IsComparedWithoutParametersAndCase(string contentType)
    {
        await using var server = await StartAsync(Events(Started + Completed, contentType));

        Assert.That(await ReadAsync(server), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Resume_IsAGet_AfterTheLastCompleteEvent()
    {
        await using var server = await StartAsync(
            Events(Started + "id: s.2\ndata: a\n\nid: s.3\ndata: b\n"), Events("retry: 1\n\n"), Events("id: s.3\ndata: b\n\n" + Completed));
        var stream = Start(server);

        await ReadAsync(stream);

        Assert.That(stream.Passage, Is.EqualTo("ab"));
        Assert.That(server.Requests.Select(request => (request.Line, request.LastEventId)), Is.EqualTo(new[]
        {
            ("POST /sse", null), ("GET /streams/s/events", "s.2"), ("GET /streams/s/events", "s.2"),
        }));
    }

    [Test]
    public async Task Attempts_AreLimited_AndTheErrorIsTheLastOne()
    {
        await using var server = await StartAsync(Events(Started + "id: s.2\ndata: a\n\n"), Events(""));
        var stream = new TextStreamClient(Http(server), new TextStreamOptions { BaseDelay = TimeSpan.Zero, MaxAttempts = 3 }).Start(new { });

        var exception = await Assert.ThrowsAsync<TextStreamNetworkException>(() => ReadAsync(stream));

        Assert.That(exception!.IsEndedByServer);
        Assert.That(stream.Passage, Is.EqualTo("a"), "what was read is kept");
        Assert.That(server.Requests, Has.Count.EqualTo(3));
    }

    [Test]
    public void Unreachable_IsANetworkError()
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Ports.Free()}") };
        var client = new TextStreamClient(http, new TextStreamOptions { BaseDelay = TimeSpan.Zero, MaxAttempts = 2 });

        Assert.That(() => ReadAsync(client.Start(new { })), Throws.InstanceOf<TextStreamNetworkException>());
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Silence_ReplacesTheConnection(bool afterAnEvent)
    {
        await using var server = await StartAsync(Silence(afterAnEvent ? Started : ""), Events(Started + Completed));
        var stream = new TextStreamClient(Http(server), new TextStreamOptions { BaseDelay = TimeSpan.Zero, InactivityTimeout = TimeSpan.FromMilliseconds(300) }).Start(new { });
        TextStreamException? error = null;
        stream.Reconnecting = (exception, _) => error = exception;

        Assert.That((await ReadAsync(stream))[^1], Is.InstanceOf<CompletedEvent>());
        Assert.That(error, Is.InstanceOf<TextStreamInactivityException>());
    }

    [Test]
    public async Task EndWithUnreadableData_IsTheEnd()
    {
        await using var server = await StartAsync(Events(Started + "id: s.2\nevent: completed\ndata: not JSON\n\n"));

        Assert.That((await ReadAsync(server))[^1], Is.InstanceOf<CompletedEvent>().With.Property(nameof(CompletedEvent.FinishReason)).Null);
    }

    [Test]
    public async Task UnknownEvents_AreSkipped()
    {
        await using var server = await StartAsync(Events(Started + "id: s.2\nevent: later\ndata: {}\n\nid: s.3\ndata: a\n\n" + Completed));

        Assert.That(await ReadAsync(server), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task TooMuch_IsFinal()
    {
        await using var server = await StartAsync(Events(Started + $"id: s.2\ndata: {new string('x', 300_000)}\n\n" + Completed));
        var events = new TextStreamClient(Http(server), new TextStreamOptions { MaxEventBytes = 10_000 });
        var passage = new TextStreamClient(Http(server), new TextStreamOptions { MaxPassageCharacters = 10_000 });

        Assert.That(() => ReadAsync(events.Start(new { })), Throws.InstanceOf<TextStreamTooLargeException>());
        Assert.That(() => ReadAsync(passage.Start(new { })), Throws.InstanceOf<TextStreamTooLargeException>());
    }

    [Test]
    public async Task Stop_IsRepeatedWhileTheServerIsBusy()
    {
        await using var server = await StartAsync(Status(503, "0"), Status(204));

        await new TextStreamClient(Http(server), Fast).StopAsync("s");

        Assert.That(server.Requests.Select(request => request.Line), Is.All.EqualTo("DELETE /streams/s"));
        Assert.That(server.Requests, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Stop_BeforeTheServerAnswers_EndsTheReader()
    {
        await using var server = await StartAsync(Silence(""));
        var stream = new TextStreamClient(Http(server), new TextStreamOptions { StopTimeout = TimeSpan.FromMilliseconds(200) }).Start(new { });
        var reading = ReadAsync(stream);
        await Eventually.Happens(() => server.Requests.Count == 1, "the request arrives");

        await stream.StopAsync();

        Assert.That(await reading.WaitAsync(Eventually.Limit), Is.Empty);
    }

    [Test]
    public async Task PathOfTheAddress_IsAPrefix()
    {
        await using var server = await StartAsync(Events(Started), Events(Completed));
        using var http = new HttpClient { BaseAddress = new Uri(server.Address, "/ai") };

        await ReadAsync(new TextStreamClient(http, Fast).Start(new { }));

        Assert.That(server.Requests.Select(request => request.Line), Is.EqualTo(["POST /ai/sse", "GET /ai/streams/s/events"]));
    }

    private static HttpClient Http(ScriptedServer server) => new() { BaseAddress = server.Address };

    private static TextStream Start(ScriptedServer server) => new TextStreamClient(Http(server), Fast).Start(new { source = "lorem" });

    private static Task<List<TextStreamEvent>> ReadAsync(ScriptedServer server) => ReadAsync(Start(server));

    private static async Task<List<TextStreamEvent>> ReadAsync(TextStream stream, CancellationToken cancellationToken = default)
    {
        var events = new List<TextStreamEvent>();
        await foreach (var item in stream.WithCancellation(cancellationToken))
            events.Add(item);
        return events;
    }
}
