using System.Globalization;
using System.Text;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>Thousands of almost valid requests: none of them causes a 5xx response.</summary>
internal sealed class MutationTests
{
    private const string Secret = Canary.Word;
    private const int Requests = 3000;
    private const int AtOnce = 8;

    private static readonly string[] Methods = ["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "get", "", Secret];

    private static readonly string[] Paths =
        ["/sse", "/streams", "/streams/{id}", "/streams/{id}/events", "/streams/{id}/text", "/sources", "/health/live", "/health/ready", "/openapi/v1.json", "/", "/" + Secret];

    private static readonly string[] Names =
        ["prompt", "source", "words", "pace", "seed", "file", "onDisconnect", "lastEventId", "messages", "Prompt", "", "a[b]", "__proto__", Secret];

    private static readonly string[] Values =
    [
        "", "1", "0", "-1", "3", "1e3", "99999999999999999999", "0x10", "NaN", "null", "true", "lorem", "document", "alice.txt", "../appsettings.json", "stop", "continue",
        "{id}.1", "{id}.2", "{id}.99", "{id}", "{other}.1", ".", "%00", "%ff", "%C3%28", "%", "&", "+", "é", "🧵", "\u0000", "\ud800", new string('x', 2000), Secret,
    ];

    private static readonly string[] Headers =
    [
        "Last-Event-ID", "Idempotency-Key", "Authorization", "Accept", "Accept-Encoding", "Content-Type", "Content-Encoding", "Origin", "Cookie", "Host", "Expect", "Range",
        "If-None-Match", "Connection", "Upgrade", "TE", "traceparent", "Access-Control-Request-Method", "Transfer-Encoding", "Content-Length", "X-" + Secret,
    ];

    private static readonly string[] HeaderValues =
        ["{id}.1", "{id}.0", "{other}.5", "application/json", "application/json; charset=utf-8", "application/json;;;", "text/event-stream", "*/*", "gzip", "identity",
         "keep-alive, Upgrade", "websocket", "h2c", "chunked", "0", "5", "-5", "99999999", "bytes=0-1", "http://localhost:5173", "POST", "é", "", "\t", "\"", ",,,", Secret];

    [Test]
    public async Task Requests_ThatAreAlmostValid_GetNo5xx_AndLogNoWarnings()
    {
        // Generations that such requests start are short, and stop when their viewer disconnects.
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Streams:Grace"] = "00:00:00" }, []);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?words=3&pace=0");
        var stream = Ask.IdOf((await viewer.ReadToEndAsync())[0]).StreamId.ToString();
        var seed = TestContext.CurrentContext.Random.Next();

        var statuses = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async worker =>
        {
            var random = new Random(seed + worker);
            var counts = new Dictionary<int, int>();
            for (var i = 0; i < Requests / AtOnce; i++)
            {
                var request = Make(random, stream);
                var status = await SendAsync(server, request);
                Assert.That(status, Is.LessThan(500).Or.EqualTo(505), () => Encoding.Latin1.GetString(request));
                counts[status] = counts.GetValueOrDefault(status) + 1;
            }
            return counts;
        })).WaitAsync(Eventually.Limit * 2);

        var all = statuses.SelectMany(counts => counts).GroupBy(count => count.Key, count => count.Value)
            .OrderBy(group => group.Key).ToDictionary(group => group.Key, group => group.Sum());
        await TestContext.Out.WriteLineAsync(string.Join(", ", all.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}: {pair.Value}"))));
        Assert.That(all.Keys, Is.SupersetOf(new[] { 200, 400, 404, 405, 415 }), "the requests cause each of these status codes");
        Assert.That(await server.Client.GetStringAsync(new Uri("/health/ready", UriKind.Relative)), Does.Contain("Healthy"));

        await server.StopAsync();
        Assert.That(server.Log.AboveInformation, Is.Empty);
        Assert.That(server.Log.Lines.Where(line => line.Exception is not null), Is.Empty);
        Assert.That(server.Log.Lines.Where(line => $"{line.Text} {line.Properties}".Contains(Secret, StringComparison.Ordinal)), Is.Empty);
    }

    /// <summary>Sends the bytes, reads the status and resets the connection; 0 if the server closed the connection without a response.</summary>
    private static async Task<int> SendAsync(RunningServer server, byte[] request)
    {
        using var connection = await RawConnection.OpenAsync(server.EndPoint);
        await connection.SendAsync(request);
        try
        {
            // If the server waits for the rest of an incomplete request, FIN ends the request.
            var head = connection.ReadHeadAsync();
            if (await Task.WhenAny(head, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System)) != head)
                connection.HalfClose();
            await head;
            return connection.Head.Contains(' ', StringComparison.Ordinal) ? connection.Status : throw new AssertionException(connection.Head);
        }
        catch (EndOfStreamException)
        {
            return 0;
        }
        finally
        {
            connection.Reset();
        }
    }

    private static byte[] Make(Random random, string stream)
    {
        var body = Body(random);
        var head = new StringBuilder();
        var method = random.Next(3) > 0 ? (body.Length > 0 ? "POST" : "GET") : Pick(random, Methods);
        head.Append(CultureInfo.InvariantCulture, $"{method} {Pick(random, Paths)}");
        for (var i = random.Next(4); i > 0; i--)
            head.Append(CultureInfo.InvariantCulture, $"{(head.ToString().Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Pick(random, Names)}={Escape(random, Pick(random, Values))}");
        head.Append(" HTTP/1.1\r\n");
        if (random.Next(50) > 0)
            head.Append("Host: localhost\r\n");
        if (body.Length > 0 && random.Next(8) > 0)
            head.Append("Content-Type: application/json\r\n");
        if (body.Length > 0 && random.Next(20) > 0)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        for (var i = random.Next(3); i > 0; i--)
            head.Append(CultureInfo.InvariantCulture, $"{Pick(random, Headers)}: {Pick(random, HeaderValues)}\r\n");
        head.Append("\r\n");

        byte[] request = [.. Encoding.UTF8.GetBytes(head.Replace("{id}", stream).Replace("{other}", Domain.StreamId.New().ToString()).ToString()), .. body];
        // One request in ten gets a few random bytes.
        for (var i = random.Next(10) == 0 ? random.Next(1, 4) : 0; i > 0; i--)
            request[random.Next(request.Length)] = (byte)random.Next(256);
        return request;
    }

    private static byte[] Body(Random random)
    {
        if (random.Next(2) == 0)
            return [];
        var json = new StringBuilder("{");
        for (var i = random.Next(5); i > 0; i--)
            json.Append(CultureInfo.InvariantCulture, $"\"{Pick(random, Names)}\":{Value(random)}{(i > 1 ? "," : "")}");
        var body = Encoding.UTF8.GetBytes(json.Append('}').ToString());
        for (var i = random.Next(4) == 0 ? random.Next(1, 4) : 0; i > 0; i--)
            body[random.Next(body.Length)] = (byte)random.Next(256);
        return random.Next(10) == 0 ? body[..random.Next(body.Length)] : body;
    }

    private static string Value(Random random) => random.Next(9) switch
    {
        0 => random.Next(-2, 10).ToString(CultureInfo.InvariantCulture),
        1 => "1e400",
        2 => "null",
        3 => "[[[[[[[[[[1]]]]]]]]]]",
        4 => "{\"a\":{}}",
        5 => "\"\\ud800\"",
        6 => "true",
        _ => $"\"{Pick(random, Values).Replace("\ud800", "\\udfff", StringComparison.Ordinal).Replace("\0", "\\u0000", StringComparison.Ordinal)}\"",
    };

    private static string Escape(Random random, string value) =>
        random.Next(2) == 0 ? value.Replace("\ud800", "%ED%A0%80", StringComparison.Ordinal) : Uri.EscapeDataString(value.Replace("\ud800", "", StringComparison.Ordinal));

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
