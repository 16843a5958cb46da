using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SseStreaming.DoorTests.OpenAi;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.Durable;

/// <summary>A generation, read by the protocol.</summary>
internal sealed class ReadTests
{
    private static readonly string[] Segments = ["  One\r\n", " two\n", "☃ three"];

    private readonly TextGenerator _text = new("text", Segments);
    private readonly TextGenerator _waiting = new("waiting", Segments) { Waits = true };
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public void Start() => _server = RunningServer.Start(new() { ["Sse:Heartbeat"] = "00:00:00.500", ["Cors:Origins:0"] = "https://example.com" }, [_text, _waiting]);

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [Test]
    public async Task CatchUp_HasTheText_AndTheEnd()
    {
        var path = await StartAsync("text");

        using var response = await GetAsync(path);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo(_text.Text));
        Assert.That(response.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/plain; charset=utf-8"));
        Assert.That(Header(response, "Stream-Next-Offset"), Does.Match(@"\A\d{16}_0{15}5\z"));
        Assert.That((Header(response, "Stream-Up-To-Date"), Header(response, "Stream-Closed")), Is.EqualTo(("true", "true")));
        Assert.That(Header(response, "X-Stream-Id"), Is.EqualTo(path.Split('/')[^1]));
        Assert.That(response.Headers.CacheControl?.ToString(), Is.EqualTo("public, max-age=60, stale-while-revalidate=300"));
        Assert.That(Header(response, "X-Content-Type-Options"), Is.EqualTo("nosniff"));
        Assert.That(Header(response, "Cross-Origin-Resource-Policy"), Is.EqualTo("same-origin"));
    }

    [Test]
    public async Task CatchUp_FromTheOffsetOfAnEvent_HasTheRest()
    {
        var path = await StartAsync("text");
        using var whole = await GetAsync(path);
        // The first event of a stream has no text.
        var offset = Header(whole, "Stream-Next-Offset")![..^1] + "2";

        using var rest = await GetAsync($"{path}?offset={offset}");

        Assert.That(await rest.Content.ReadAsStringAsync(), Is.EqualTo(string.Concat(Segments[1..])));
    }

    [Test]
    public async Task CatchUp_OfAKnownPiece_IsNotModified()
    {
        var path = await StartAsync("text");
        using var first = await GetAsync(path);
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "If-None-Match", first.Headers.ETag!.ToString() } } };

        using var second = await _server.Client.SendAsync(request);

        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [Test]
    public async Task CatchUp_OfARunningStream_IsRevalidated()
    {
        var path = await StartAsync("waiting");
        await HasAllSegmentsAsync(path);

        using var response = await GetAsync(path);
        using var now = await GetAsync($"{path}?offset=now");

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo(_text.Text));
        Assert.That(await now.Content.ReadAsStringAsync(), Is.Empty);
        Assert.That((response.Headers.CacheControl?.ToString(), now.Headers.CacheControl?.ToString()), Is.EqualTo(("no-cache", "no-store")));
        Assert.That(Header(now, "Stream-Next-Offset"), Is.EqualTo(Header(response, "Stream-Next-Offset")));
        Assert.That((Header(response, "Stream-Up-To-Date"), Header(response, "Stream-Closed")), Is.EqualTo(("true", (string?)null)));
    }

    [Test]
    public async Task LongPoll_AtTheEnd_WaitsAsLongAsAHeartbeat()
    {
        var path = await StartAsync("waiting");
        await HasAllSegmentsAsync(path);

        using var response = await GetAsync($"{path}?offset=now&live=long-poll");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(Header(response, "Stream-Up-To-Date"), Is.EqualTo("true"));
        Assert.That(Header(response, "Stream-Cursor"), Does.Match(@"\A\d+\z"));
    }

    [Test]
    public async Task Sse_HasAControlEventAfterEachText()
    {
        var path = await StartAsync("text");
        using var whole = await GetAsync(path);
        var prefix = Header(whole, "Stream-Next-Offset")![..^1];

        var body = await _server.Client.GetStringAsync(new Uri($"{path}?offset=-1&live=sse&cursor=1", UriKind.Relative));

        var cursor = body.Split("\"streamCursor\":\"")[1].Split('"')[0];
        Assert.That(body, Is.EqualTo($$"""
            retry: 2000

            event: data
            data:   One
            data:

            event: control
            data:{"streamNextOffset":"{{prefix}}2","streamCursor":"{{cursor}}"}

            event: data
            data:  two
            data:

            event: control
            data:{"streamNextOffset":"{{prefix}}3","streamCursor":"{{cursor}}"}

            event: data
            data:☃ three

            event: control
            data:{"streamNextOffset":"{{prefix}}4","streamCursor":"{{cursor}}"}

            event: control
            data:{"streamNextOffset":"{{prefix}}5","streamClosed":true}


            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task Drain_EndsALongPoll()
    {
        await using var server = RunningServer.Start(new() { ["Sse:Heartbeat"] = "00:10:00" }, [new TextGenerator("waiting", Segments) { Waits = true }]);
        using var started = await server.Client.PostAsJsonAsync("/streams", new { source = "waiting", onDisconnect = "continue" });
        var id = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        var polling = server.Client.GetAsync(new Uri($"/v1/stream/{id}?offset=now&live=long-poll", UriKind.Relative));
        await Eventually.Happens(() => server.Subscriptions == 1, "the request waits");

        await server.StopAsync();

        using var response = await polling;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [TestCase("?offset=", 400)]
    [TestCase("?offset=5", 400)]
    [TestCase("?offset=now&offset=now", 400)]
    [TestCase("?live=sse", 400)]
    [TestCase("?live=long-poll", 400)]
    [TestCase("?offset=-1&live=always", 400)]
    [TestCase("?offset=0000000000000001_0000000000000002", 410)]
    public async Task Query_ThatCantBeAnswered_IsRefused(string query, int status)
    {
        using var response = await GetAsync(await StartAsync("text") + query);

        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That(Header(response, "X-Content-Type-Options"), Is.EqualTo("nosniff"));
    }

    [Test]
    public async Task Offset_BeyondTheEnd_IsGone()
    {
        var path = await StartAsync("text");
        using var whole = await GetAsync(path);

        using var response = await GetAsync($"{path}?offset={Header(whole, "Stream-Next-Offset")![..^1]}9");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Gone));
    }

    [TestCase("PUT")]
    [TestCase("POST")]
    [TestCase("DELETE")]
    public async Task Stream_ThatIsNamedByItsId_IsReadOnly(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), await StartAsync("text")) { Content = new StringContent("text") };

        using var response = await _server.Client.SendAsync(request);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(response.Content.Headers.Allow, Is.EquivalentTo(new[] { "GET", "HEAD" }));
    }

    [TestCase("GET", "/v1/stream", 404)]
    [TestCase("GET", "/v1/stream/AAAAAAAAAAAAAAAAAAAAAA", 404)]
    [TestCase("GET", "/v1/stream/__ds/subscriptions", 404)]
    [TestCase("GET", "/v1/stream/a%20b", 404)]
    [TestCase("PATCH", "/v1/stream/a", 405)]
    public async Task UnknownPath_HasProblemDetails(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await _server.Client.SendAsync(request);

        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That(Header(response, "X-Content-Type-Options"), Is.EqualTo("nosniff"));
    }

    [Test]
    public async Task Page_OfAnotherOrigin_MayReadTheHeaders()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, await StartAsync("text")) { Headers = { { "Origin", "https://example.com" } } };

        using var response = await _server.Client.SendAsync(request);

        var exposed = response.Headers.GetValues("Access-Control-Expose-Headers").SelectMany(value => value.Split(','));
        Assert.That(exposed, Is.SupersetOf(new[] { "Stream-Next-Offset", "Stream-Up-To-Date", "Stream-Closed", "Stream-Cursor", "ETag", "X-Stream-Id" }));
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private Task<HttpResponseMessage> GetAsync(string path) => _server.Client.GetAsync(new Uri(path, UriKind.Relative));

    private async Task<string> StartAsync(string source)
    {
        using var started = await _server.Client.PostAsJsonAsync("/streams", new { source, onDisconnect = "continue" });
        var id = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        if (source == "text")
            await Eventually.Happens(async () => (await StateAsync(id!)).GetProperty("status").GetString() == "completed", "the text is complete");
        return $"/v1/stream/{id}";
    }

    private Task HasAllSegmentsAsync(string path) =>
        Eventually.Happens(async () => (await StateAsync(path.Split('/')[^1])).GetProperty("segments").GetInt32() == Segments.Length, "all segments are stored");

    private Task<JsonElement> StateAsync(string id) => _server.Client.GetFromJsonAsync<JsonElement>($"/streams/{id}");
}
