using System.Net;
using System.Net.Http.Headers;
using System.Text;
using SseStreaming.Application.Sources;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>Every refusal: its status, and problem details that name the invalid fields without repeating values of the request.</summary>
internal sealed class RefusalTests
{
    /// <summary>Part of each value that these tests send; no response may contain it.</summary>
    private const string Mark = Canary.Word;

    private static RunningServer _server = null!;
    private static StreamId _ended;
    private static StreamId _running;

    [OneTimeSetUp]
    public static async Task Start()
    {
        var scripted = new ScriptedGenerator();
        _server = RunningServer.Start(
            new Dictionary<string, string> { ["Limits:PromptCharacters"] = "1000", ["Limits:BodyBytes"] = "20000" },
            [scripted, new CallbackGenerator("prompted", _ => throw new InvalidOperationException("A refused request reached the generator."), PromptUse.Required)]);
        await using var viewer = await SseViewer.OpenAsync(_server, "/sse?words=3&pace=0");
        _ended = Ask.IdOf((await viewer.ReadToEndAsync())[0]).StreamId;
        await _server.Client.SendAsync(Ask.Post("/streams", """{"source":"scripted","onDisconnect":"continue"}""").With("Idempotency-Key", "used"));
        _running = Ask.IdOf(await FirstOfJoined()).StreamId;
    }

    [OneTimeTearDown]
    public static async Task Stop() => await _server.DisposeAsync();

    [TestCase("source=Zq7RvX2k", "source")]
    [TestCase("source=", "source")]
    [TestCase("source=Lorem", "source")]
    [TestCase("source=lorem&source=lorem", "source")]
    [TestCase("prompt=a&prompt=b", "prompt")]
    [TestCase("words=Zq7RvX2k", "words")]
    [TestCase("words=", "words")]
    [TestCase("words=0", "words")]
    [TestCase("words=-1", "words")]
    [TestCase("words=1000001", "words")]
    [TestCase("words=1.5", "words")]
    [TestCase("words=1e3", "words")]
    [TestCase("words=%20" + "1", "words")]
    [TestCase("words=٣", "words")]
    [TestCase("words=99999999999999999999999", "words")]
    [TestCase("words=1&words=2", "words")]
    [TestCase("pace=60001", "pace")]
    [TestCase("pace=-1", "pace")]
    [TestCase("seed=Zq7RvX2k", "seed")]
    [TestCase("file=Zq7RvX2k", "file")]
    [TestCase("nonsense=Zq7RvX2k", "nonsense")]
    [TestCase("Words=1", "Words")]
    [TestCase("onDisconnect=Zq7RvX2k", "onDisconnect")]
    [TestCase("onDisconnect=Stop", "onDisconnect")]
    [TestCase("source=document", "file")]
    [TestCase("source=document&file=", "file")]
    [TestCase("source=document&file=Zq7RvX2k.txt", "file")]
    [TestCase("source=document&file=../appsettings.json", "file")]
    [TestCase("source=document&file=%2e%2e%2fappsettings.json", "file")]
    [TestCase("source=document&file=..%5cappsettings.json", "file")]
    [TestCase("source=document&file=/etc/hostname", "file")]
    [TestCase("source=document&file=alice.txt%00", "file")]
    [TestCase("source=document&file=./alice.txt", "file")]
    [TestCase("source=document&file=.", "file")]
    [TestCase("source=prompted", "prompt")]
    [TestCase("source=prompted&prompt=", "prompt")]
    [TestCase("source=prompted&prompt=%20%0A", "prompt")]
    [TestCase("lastEventId=Zq7RvX2k", "lastEventId")]
    public async Task Query_ThatIsNotValid_Is400AndNamesTheField(string query, string field) =>
        await ExpectAsync(400, () => Ask.Get($"/sse?{query}"), field);

    [Test]
    public async Task Query_WithSeveralErrors_NamesAllFields() =>
        await ExpectAsync(400, () => Ask.Get("/sse?words=none&pace=none&seed=none&more=1"), "words", "pace", "seed", "more");

    [TestCase("/sse", "POST")]
    [TestCase("/streams", "POST")]
    public async Task Body_ThatIsNotValid_Is400AndNamesTheField(string path, string method)
    {
        _ = method;
        foreach (var (json, field) in new[]
        {
            ("""{"source":"Zq7RvX2k"}""", "source"),
            ("""{"source":7}""", "source"),
            ("""{"source":["lorem"]}""", "source"),
            ("""{"prompt":{"a":"Zq7RvX2k"}}""", "prompt"),
            ("""{"prompt":true}""", "prompt"),
            ("""{"onDisconnect":1}""", "onDisconnect"),
            ("""{"onDisconnect":"Zq7RvX2k"}""", "onDisconnect"),
            ("""{"words":"7"}""", "words"),
            ("""{"words":1.0}""", "words"),
            ("""{"words":1e2}""", "words"),
            ("""{"words":true}""", "words"),
            ("""{"words":[1]}""", "words"),
            ("""{"words":99999999999999999999}""", "words"),
            ("""{"source":"document","file":7}""", "file"),
            ("""{"source":"document","file":"\u0000"}""", "file"),
            ("""{"source":"prompted"}""", "prompt"),
            ("""{"nonsense":"Zq7RvX2k"}""", "nonsense"),
            ("""{"__proto__":{"Zq7RvX2k":1}}""", "__proto__"),
            ($$"""{"prompt":"{{new string('x', 1001)}}"}""", "prompt"),
        })
            await ExpectAsync(400, () => Ask.Post(path, json), field);
    }

    [TestCaseSource(nameof(BodiesThatAreNotAnObject))]
    public async Task Body_ThatIsNotAJsonObject_Is400(byte[] body)
    {
        await ExpectAsync(400, () => Ask.Post("/sse", body), "");
        await ExpectAsync(400, () => Ask.Post("/streams", body), "");
    }

    [TestCase("Zq7RvX2k")]
    [TestCase("{0}")]
    [TestCase("{0}.")]
    [TestCase("{0}.0")]
    [TestCase("{0}.01")]
    [TestCase("{0}.+1")]
    [TestCase("{0}.-1")]
    [TestCase("{0}.1.1")]
    [TestCase("{0}.1 2")]
    [TestCase("{0}.x")]
    [TestCase("{0}.١")]
    [TestCase("{0}.99999999999999999999")]
    [TestCase("{0}:1")]
    [TestCase("A{0}.1")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAAB.1")]
    [TestCase("AAAAAAAAAAAAAAAAAAAA==.1")]
    [TestCase("../../AAAAAAAAAAAAAAAA.1")]
    [TestCase(".1")]
    [TestCase("0")]
    public async Task EventId_ThatIsMalformed_Is400InTheHeaderAndInTheQuery(string format)
    {
        var id = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, _ended);
        foreach (var path in new[] { "/sse", $"/streams/{_ended}/events" })
        {
            await ExpectAsync(400, () => Ask.Get(path, id), Ask.LastEventId);
            await ExpectAsync(400, () => Ask.Get($"{path}?lastEventId={Uri.EscapeDataString(id)}"), "lastEventId");
        }
        await ExpectAsync(400, () => Ask.Post("/sse", "{}", id), Ask.LastEventId);
    }

    [Test]
    public async Task EventId_SentTwice_Is400()
    {
        await ExpectAsync(400, () => Ask.Get("/sse").With(Ask.LastEventId, $"{_ended}.1").With(Ask.LastEventId, $"{_ended}.2"), Ask.LastEventId);
        await ExpectAsync(400, () => Ask.Get($"/sse?lastEventId={_ended}.1&lastEventId={_ended}.2"), "lastEventId");
    }

    [Test]
    public async Task EventId_OfAnotherStream_Is400ForTheEventsOfAStream()
    {
        await ExpectAsync(400, () => Ask.Get($"/streams/{_ended}/events", $"{_running}.1"), Ask.LastEventId);
        await ExpectAsync(400, () => Ask.Get($"/streams/{_ended}/events?lastEventId={_running}.1"), "lastEventId");
    }

    [TestCase("two words")]
    [TestCase("tab\there")]
    [TestCase("é")]
    public async Task IdempotencyKey_ThatIsMalformed_Is400(string key) =>
        await ExpectAsync(400, () => Ask.Post("/streams", "{}").With("Idempotency-Key", key), "Idempotency-Key");

    [Test]
    public async Task IdempotencyKey_ThatIsTooLong_Is400() =>
        await ExpectAsync(400, () => Ask.Post("/sse", "{}").With("Idempotency-Key", new string('k', 256)), "Idempotency-Key");

    [Test]
    public async Task IdempotencyKey_WithAnotherRequest_Is422()
    {
        await ExpectAsync(422, () => Ask.Post("/streams", """{"source":"scripted"}""").With("Idempotency-Key", "used"));
        await ExpectAsync(422, () => Ask.Post("/sse", """{"words":1}""").With("Idempotency-Key", "used"));
    }

    [TestCase("GET", "/streams/{0}")]
    [TestCase("GET", "/streams/{0}/events")]
    [TestCase("GET", "/streams/{0}/text")]
    [TestCase("DELETE", "/streams/{0}")]
    public async Task Stream_ThatIsUnknown_Is404(string method, string path)
    {
        foreach (var id in new[] { StreamId.New().ToString(), Mark, "1", "%20", "AAAAAAAAAAAAAAAAAAAAAB", new string('A', 5000) })
        {
            await ExpectAsync(404, () => new HttpRequestMessage(
                new HttpMethod(method), string.Format(System.Globalization.CultureInfo.InvariantCulture, path, id)));
        }
    }

    [Test]
    public async Task EventId_OfAnUnknownStream_Is404()
    {
        var id = $"{StreamId.New()}.1";
        await ExpectAsync(404, () => Ask.Get("/sse", id));
        await ExpectAsync(404, () => Ask.Get($"/sse?lastEventId={id}"));
        await ExpectAsync(404, () => Ask.Post("/sse", "{}", id));
    }

    [TestCase("/nowhere")]
    [TestCase("/sse/Zq7RvX2k")]
    [TestCase("/streams/AAAAAAAAAAAAAAAAAAAAAA/Zq7RvX2k")]
    public async Task Path_ThatIsUnknown_Is404(string path) => await ExpectAsync(404, () => Ask.Get(path));

    [TestCase("PUT", "/sse", "GET, POST")]
    [TestCase("DELETE", "/sse", "GET, POST")]
    [TestCase("DELETE", "/streams", "GET, POST")]
    [TestCase("POST", "/streams/AAAAAAAAAAAAAAAAAAAAAA", "DELETE, GET")]
    [TestCase("DELETE", "/streams/AAAAAAAAAAAAAAAAAAAAAA/events", "GET")]
    [TestCase("PATCH", "/streams/AAAAAAAAAAAAAAAAAAAAAA/text", "GET")]
    [TestCase("POST", "/sources", "GET")]
    [TestCase("BREW", "/sources", "GET")]
    public async Task Method_ThatIsNotAllowed_Is405WithTheAllowedMethods(string method, string path, string allow)
    {
        var response = await ExpectAsync(405, () => new HttpRequestMessage(new HttpMethod(method), path));

        Assert.That(response.Content.Headers.Allow.Order(), Is.EqualTo(allow.Split(", ")));
    }

    [TestCase("/sse?lastEventId={0}.1000")]
    [TestCase("/sse?lastEventId={0}.6")]
    [TestCase("/streams/{0}/events?lastEventId={0}.9223372036854775807")]
    public async Task Position_BeyondTheLastEvent_Is410(string path) =>
        await ExpectAsync(410, () => Ask.Get(string.Format(System.Globalization.CultureInfo.InvariantCulture, path, _ended)));

    [Test]
    public async Task Position_BeyondTheLastEventOfARunningStream_Is410() =>
        await ExpectAsync(410, () => Ask.Get("/sse", $"{_running}.2"));

    [Test]
    public async Task Position_OfTheTerminalEvent_Is204WithoutABody()
    {
        foreach (var request in new[]
        {
            Ask.Get("/sse", $"{_ended}.5"),
            Ask.Get($"/sse?lastEventId={_ended}.5"),
            Ask.Post("/sse", "{}", $"{_ended}.5"),
            Ask.Get($"/streams/{_ended}/events", $"{_ended}.5"),
        })
        {
            using var response = await _server.Client.SendAsync(request);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That(await response.Content.ReadAsByteArrayAsync(), Is.Empty);
        }
    }

    [TestCase("POST", "Content-Length: 20001", "")]
    [TestCase("POST", "Transfer-Encoding: chunked", "7d00")]
    public async Task Body_ThatIsTooLarge_Is413(string method, string framing, string chunk)
    {
        foreach (var path in new[] { "/sse", "/streams" })
        {
            using var connection = await RawConnection.OpenAsync(_server.EndPoint);
            await connection.SendAsync($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{framing}\r\n\r\n");
            if (chunk.Length > 0)
                await connection.SendAsync($"{chunk}\r\n{Mark}{new string('x', 32_000 - Mark.Length)}\r\n");
            await connection.ReadHeadAsync();
            Assert.That(connection.Status, Is.EqualTo(413));
            Assert.That(connection.Head, Does.Contain("Content-Type: application/problem+json"));
            await connection.ReadUntilAsync("}");
            Assert.That(connection.Body, Does.Contain("larger").And.Not.Contain(Mark));
        }
    }

    [TestCase("text/plain")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("application/json; charset=utf-16")]
    [TestCase("application/jsonish")]
    [TestCase("multipart/form-data; boundary=Zq7RvX2k")]
    [TestCase(null)]
    public async Task MediaType_ThatIsNotJson_Is415(string? contentType)
    {
        await ExpectAsync(415, () => Ask.Post("/sse", "{}"u8.ToArray(), contentType));
        await ExpectAsync(415, () => Ask.Post("/streams", "{}"u8.ToArray(), contentType));
    }

    /// <summary>Sends the request with the Accept headers of fetch, EventSource and a browser's address bar: the response must not depend on it.</summary>
    private static async Task<HttpResponseMessage> ExpectAsync(int status, Func<HttpRequestMessage> request, params string[] fields)
    {
        HttpResponseMessage response = null!;
        foreach (var accept in new[] { "*/*", "text/event-stream", "text/html", "application/json" })
        {
            using var message = request();
            message.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
            response = await _server.Client.SendAsync(message).WaitAsync(Eventually.Limit);
            var body = await response.Content.ReadAsStringAsync();

            Assert.That((int)response.StatusCode, Is.EqualTo(status), $"{accept}: {body}");
            var problem = await Problem.OfAsync(response);
            Assert.That(Problem.FieldsOf(problem), Is.EquivalentTo(fields), body);
            if (status is not (404 or 405 or 415))
                Assert.That(problem.GetProperty("detail").GetString(), Is.Not.Empty, body);
            Assert.That(body, Does.Not.Contain(Mark));
        }
        return response;
    }

    private static IEnumerable<TestCaseData> BodiesThatAreNotAnObject()
    {
        yield return Body("empty", []);
        yield return Body("blank", "  \r\n "u8);
        yield return Body("null", "null"u8);
        yield return Body("array", """[{"prompt":"Zq7RvX2k"}]"""u8);
        yield return Body("string", "\"Zq7RvX2k\""u8);
        yield return Body("half", """{"prompt":"Zq7RvX2k"""u8);
        yield return Body("half of a pair", """{"prompt":"Zq7RvX2k","""u8);
        yield return Body("two", """{"prompt":"Zq7RvX2k"}{}"""u8);
        yield return Body("form", "prompt=Zq7RvX2k"u8);
        yield return Body("comment", """{"prompt":"Zq7RvX2k"/**/}"""u8);
        yield return Body("trailing comma", """{"prompt":"Zq7RvX2k",}"""u8);
        yield return Body("control character", "{\"prompt\":\"Zq7RvX2k\n\"}"u8);
        yield return Body("bad UTF-8", [.. "{\"prompt\":\"Zq7RvX2k"u8, 0xC3, 0x28, .. "\"}"u8]);
        yield return Body("overlong UTF-8", [.. "{\"prompt\":\"Zq7RvX2k"u8, 0xC0, 0xAF, .. "\"}"u8]);
        yield return Body("UTF-8 surrogate", [.. "{\"prompt\":\"Zq7RvX2k"u8, 0xED, 0xA0, 0x80, .. "\"}"u8]);
        yield return Body("UTF-16", Encoding.Unicode.GetBytes("""{"prompt":"Zq7RvX2k"}"""));
        yield return Body("lone surrogate", """{"prompt":"Zq7RvX2k\ud800"}"""u8);
        yield return Body("lone low surrogate", """{"prompt":"\udc00Zq7RvX2k"}"""u8);
        yield return Body("lone surrogate in a name", """{"\ud800":"Zq7RvX2k"}"""u8);
        yield return Body("lone surrogates in two names", """{"\ud800":"Zq7RvX2k","\ud800":1}"""u8);
        yield return Body("duplicate", """{"prompt":"Zq7RvX2k","prompt":"b"}"""u8);
        yield return Body("duplicate by an escape", """{"prompt":"Zq7RvX2k","p\u0072ompt":"b"}"""u8);
        yield return Body("deep array", Encoding.UTF8.GetBytes($$"""{"prompt":{{new string('[', 5000)}}{{new string(']', 5000)}}}"""));
        yield return Body("deep object", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 3000))));
        yield return Body("too many fields", Encoding.UTF8.GetBytes($$"""{{{string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"f{i}\":1"))}}}"""));
    }

    private static TestCaseData Body(string name, ReadOnlySpan<byte> body) =>
        new TestCaseData(body.ToArray()).SetArgDisplayNames(name);

    private static async Task<System.Net.ServerSentEvents.SseItem<string>> FirstOfJoined()
    {
        await using var joined = await SseViewer.OpenAsync(_server,
            Ask.Post("/sse", """{"source":"scripted","onDisconnect":"continue"}""").With("Idempotency-Key", "used"));
        return await joined.ExpectAsync();
    }
}
