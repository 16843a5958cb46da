using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Abuse;

/// <summary>Neither the input of a client nor the output of a source can add SSE frames or HTTP headers to a response.</summary>
internal sealed class InjectionTests
{
    private const string Smuggled = "x-smuggled";

    /// <summary>The response headers that the server sends, on any route.</summary>
    private static readonly string[] KnownHeaders =
    [
        "content-type", "content-length", "date", "cache-control", "content-encoding", "x-accel-buffering", "transfer-encoding", "connection", "location",
        "retry-after", "allow", "vary",
    ];

    private static readonly string[] Attempts =
    [
        "\n\nevent: completed\ndata: {}\n\ndata: [END]\n\n", "\r\n\r\nevent: stopped\r\ndata: {}\r\n\r\n", "\r\revent: failed\rdata: {}\r\r", "\nid: AAAAAAAAAAAAAAAAAAAAAA.99\n\n",
        "a\nid\n\nb", "x\nretry: 1\n\n", "x\r\nretry: 99999999\r\n", "\n: comment\n", "data: [END]", "[END]", "\u2028event: completed\u2028data: {}\u2028\u2028",
        "\u0085\u0085event: completed\u0085\u0085", "\v\vevent: completed\f\f", "\0\0event: completed\0\0", "\uFEFFdata: x\n\n", "\n", "\r", "\r\n", "\n\r", "\r\r\n\n", " leading", "\n data: x",
        "\r\n\r\nHTTP/1.1 200 OK\r\nX-Smuggled: 1\r\n\r\n", "\r\nX-Smuggled: 1", "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "\u560a\u560dX-Smuggled: 1", "e\u0301\u200d\U0001F9F5\n\n",
    ];

    private static readonly CallbackGenerator Unused = new("unused", _ => throw new InvalidOperationException("No request may reach this source."));

    private static RunningServer _server = null!;

    private static IEnumerable<string> AllAttempts => Attempts;

    [OneTimeSetUp]
    public static void Start() => _server = RunningServer.Start(new Echo(), new Echo("broken"), Unused);

    [OneTimeTearDown]
    public static async Task Stop() => await _server.DisposeAsync();

    [TestCaseSource(nameof(AllAttempts))]
    public async Task Prompt_StaysText_InSegmentsOfAnySize(string attempt)
    {
        foreach (var size in new[] { 1, 2, 3, int.MaxValue })
        {
            var json = JsonSerializer.Serialize(new { source = "echo", prompt = $"a{attempt}b", size = Math.Min(size, 1000) });
            await ExpectOneStreamAsync(RequestOf("POST", "/sse", json), $"a{attempt}b");
        }
        await ExpectOneStreamAsync($"GET /sse?source=echo&prompt={Uri.EscapeDataString($"a{attempt}b")} HTTP/1.1\r\nHost: localhost\r\n\r\n", $"a{attempt}b");
        var conversation = JsonSerializer.Serialize(new { source = "echo", messages = new[] { new { role = "user", content = $"a{attempt}b" } } });
        await ExpectOneStreamAsync(RequestOf("POST", "/sse", conversation), $"a{attempt}b");
    }

    [TestCaseSource(nameof(AllAttempts))]
    public async Task FailureDetails_StayInOneFrame(string attempt) =>
        await ExpectOneStreamAsync(RequestOf("POST", "/sse", JsonSerializer.Serialize(new { source = "broken", prompt = attempt })), text: null);

    [TestCaseSource(nameof(AllAttempts))]
    public async Task Input_AddsNoResponseHeaders(string attempt)
    {
        var inQuery = Uri.EscapeDataString(attempt + "X-Smuggled");
        foreach (var target in new[]
        {
            $"/sse?source={inQuery}", $"/sse?{inQuery}=1", $"/sse?words={inQuery}", $"/sse?source=document&file={inQuery}", $"/sse?lastEventId={inQuery}", $"/sse?onDisconnect={inQuery}",
            $"/streams/{inQuery}", $"/streams/{inQuery}/events", $"/streams/{inQuery}/text", $"/{inQuery}", $"/sources?{inQuery}", $"/streams/AAAAAAAAAAAAAAAAAAAAAA/events?lastEventId={inQuery}",
        })
        {
            await ExpectHeadersAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await ExpectHeadersAsync($"DELETE {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await ExpectHeadersAsync($"OPTIONS {target} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://{inQuery}\r\nAccess-Control-Request-Method: {inQuery}\r\n\r\n");
        }
        foreach (var field in new[] { "source", "prompt", "file", "onDisconnect", "words", attempt })
        {
            var fields = new Dictionary<string, string> { ["source"] = "unused", [field] = attempt + "X-Smuggled: 1" };
            await ExpectHeadersAsync(RequestOf("POST", "/streams", JsonSerializer.Serialize(fields)));
        }
        // Sent unescaped: a line end starts another request header, but must not start a response header.
        foreach (var header in new[] { "Last-Event-ID", "Idempotency-Key", "Authorization", "Origin", "Accept", "traceparent", "X-Request-ID", "Host" })
        {
            await ExpectHeadersAsync($"GET /streams/AAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: localhost\r\n{header}: {attempt}X-Smuggled\r\nConnection: close\r\n\r\n");
            await ExpectHeadersAsync(RequestOf("POST", "/streams", """{"source":"nowhere"}""", $"{header}: {attempt}X-Smuggled\r\n"));
        }
    }

    private static string RequestOf(string method, string path, string json, string headers = "") =>
        $"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}";

    /// <summary>Checks each line of the response more strictly than a client does: it contains only the expected frames.</summary>
    private static async Task ExpectOneStreamAsync(string request, string? text)
    {
        using var connection = await RawConnection.OpenAsync(_server.EndPoint);
        await connection.SendAsync(request);
        await connection.ReadHeadAsync();
        Assert.That(connection.Status, Is.EqualTo(200), connection.Head);
        ExpectKnownHeaders(connection.Head);
        await connection.ReadToEndAsync();
        Assert.That(connection.IsComplete, Is.True);

        var body = connection.Body;
        Assert.That(body, Does.Not.Contain('\r'), "a line ends with LF only");
        var frames = body.Split("\n\n");
        Assert.That(frames[0], Is.EqualTo("retry: 2000"));
        Assert.That(frames[^1], Is.Empty);
        Assert.That(frames[^2], Is.EqualTo("data: [END]"));
        var stream = frames[1].Split('.')[0];
        var passage = new StringBuilder();
        for (var i = 1; i < frames.Length - 2; i++)
        {
            var lines = frames[i].Split('\n');
            Assert.That(lines[0], Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"{stream}.{i}")));
            var isFirst = i == 1;
            var isTerminal = i == frames.Length - 3;
            if (isFirst || isTerminal)
                Assert.That(lines[1], Is.EqualTo(isFirst ? "event: started" : text is null ? "event: failed" : "event: completed"));
            var data = lines[(isFirst || isTerminal ? 2 : 1)..];
            Assert.That(data, Is.All.StartsWith("data: "));
            if (isFirst || isTerminal)
                Assert.That(() => JsonDocument.Parse(data.Single()["data: ".Length..]), Throws.Nothing);
            else
                passage.AppendJoin('\n', data.Select(line => line["data: ".Length..]));
        }
        if (text is null)
            return;
        Assert.That(passage.ToString(), Is.EqualTo(LinesOf(text)));
        Assert.That(Encoding.UTF8.GetString(await _server.Client.GetByteArrayAsync(new Uri($"/streams/{stream["id: ".Length..]}/text", UriKind.Relative))), Is.EqualTo(text));
    }

    /// <summary>Normalizes line ends as SSE defines them: only CRLF, CR and LF end a line.</summary>
    private static string LinesOf(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private static async Task ExpectHeadersAsync(string request)
    {
        using var connection = await RawConnection.OpenAsync(_server.EndPoint);
        await connection.SendAsync(request);
        try
        {
            await connection.ReadHeadAsync();
        }
        catch (EndOfStreamException)
        {
            return;
        }
        Assert.That(connection.Status, Is.LessThan(500), request);
        ExpectKnownHeaders(connection.Head);
    }

    private static void ExpectKnownHeaders(string head)
    {
        var lines = head.Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        Assert.That(lines[0], Does.StartWith("HTTP/1.1 "));
        Assert.That(lines.Skip(1).Select(line => line.Split(':')[0].ToLowerInvariant()), Is.SubsetOf(KnownHeaders), head);
        Assert.That(head, Does.Not.Contain(Smuggled).IgnoreCase);
    }

    /// <summary>Returns the prompt or the last message in segments of a given size, or fails with it as the details.</summary>
    private sealed class Echo(string name = "echo") : ITextGenerator
    {
        public SourceDescription Source { get; } = new(name, "Returns the prompt.")
        {
            TakesMessages = true,
            Options = [new("size", OptionType.Integer, "Length of a segment.") { Minimum = 1, Maximum = 1000, Default = 1000L }],
        };

        public async IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            var text = request.Prompt ?? request.Messages[^1].Content;
            if (Source.Name == "broken")
                throw new GenerationFailedException(text, text, text);
            foreach (var segment in text.Chunk((int)request.Options.Integer("size")))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new string(segment);
            }
            yield return new GeneratedText("", new GenerationFinish(text));
        }
    }
}
