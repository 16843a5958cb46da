using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>The bytes of the door.</summary>
internal sealed class WireTests
{
    private readonly TextGenerator _text = new("text", ["a \"b\"\n", "\\ \u0001z"]) { Finish = GenerationFinish.Stop with { Usage = new GenerationUsage(3, 5, 8) } };
    private readonly TextGenerator _failing = new("failing", ["some"]) { Fails = true };
    private readonly TextGenerator _waiting = new("waiting", ["some"]) { Waits = true };
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public void Start() => _server = RunningServer.Start(new() { ["Sources:Document:Folder"] = Path.GetTempPath(), ["Limits:BodyBytes"] = "10000" }, [_text, _failing, _waiting]);

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [Test]
    public async Task Chat_HasTheseFrames([Values] bool includesUsage)
    {
        using var response = await PostAsync("/v1/chat/completions", new
        {
            model = "text",
            stream = true,
            messages = new[] { new { role = "user", content = "Hello" } },
            stream_options = new { include_usage = includesUsage },
        });

        var (id, body) = await ReadAsync(response);
        var head = $$"""data: {"id":"chatcmpl-{{id}}","object":"chat.completion.chunk","created":{{await CreatedAsync(id)}},"model":"text","choices":[""";
        var tail = includesUsage ? """],"usage":null}""" : "]}";
        var usage = includesUsage ? $$$"""{{{head}}}],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}""" + "\n\n" : "";
        Assert.That(body, Is.EqualTo($$"""
            retry: 2000

            {{head}}{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}{{tail}}

            {{head}}{"index":0,"delta":{"content":"a \"b\"\n"},"finish_reason":null}{{tail}}

            {{head}}{"index":0,"delta":{"content":"\\ \u0001z"},"finish_reason":null}{{tail}}

            {{head}}{"index":0,"delta":{},"finish_reason":"stop"}{{tail}}

            {{usage}}data: [DONE]


            """.ReplaceLineEndings("\n")));
        Assert.That(response.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/event-stream"));
        Assert.That(response.Headers.CacheControl?.ToString(), Does.Contain("no-store").And.Contain("no-transform"));
        Assert.That(response.Headers.GetValues("X-Accel-Buffering"), Is.EqualTo(new[] { "no" }));
        Assert.That(response.Headers.GetValues("x-request-id").Single(), Is.Not.Empty);
    }

    [Test]
    public async Task Chat_ThatFails_EndsWithAnErrorFrame_AndIsBrokenOff()
    {
        using var response = await PostAsync("/v1/chat/completions", new { model = "failing", stream = true, messages = new[] { new { role = "user", content = "a" } } });

        var received = new MemoryStream();
        var broken = await Assert.ThrowsAsync<HttpIOException>(async () => await (await response.Content.ReadAsStreamAsync()).CopyToAsync(received));

        Assert.That(broken!.HttpRequestError, Is.EqualTo(HttpRequestError.ResponseEnded));
        Assert.That(Encoding.UTF8.GetString(received.ToArray()), Does.EndWith(
            "data: {\"error\":{\"message\":\"The source failed. It said no.\",\"type\":\"server_error\",\"param\":null,\"code\":\"upstream-timeout\"}}\n\n"));
    }

    [Test]
    public async Task Response_HasTheseFrames()
    {
        using var response = await PostAsync("/v1/responses", new { model = "text", stream = true, input = "Hello", temperature = 0.5, metadata = new { a = "é" } });

        var (id, body) = await ReadAsync(response);
        var fields = """
            "background":false,"error":null,"incomplete_details":null,"instructions":null,"metadata":{"a":"é"},"model":"text","parallel_tool_calls":true,"previous_response_id":null,"temperature":0.5,"top_p":null,"max_output_tokens":null,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"truncation":"disabled"
            """;
        var begin = $$"""{"id":"resp_{{id}}","object":"response","created_at":{{await CreatedAsync(id)}}""";
        var place = $$"""
            "item_id":"msg_{{id}}","output_index":0,"content_index":0
            """;
        var item = $$"""{"id":"msg_{{id}}","type":"message","role":"assistant","status":""";
        const string text = """
            "a \"b\"\n\\ \u0001z"
            """;
        const string part = """{"type":"output_text","annotations":[],"logprobs":[],"text":""";
        (string Type, string Data)[] frames =
        [
            ("response.created", $$""","sequence_number":0,"response":{{begin}},"status":"in_progress",{{fields}},"usage":null,"output":[]}"""),
            ("response.in_progress", $$""","sequence_number":1,"response":{{begin}},"status":"in_progress",{{fields}},"usage":null,"output":[]}"""),
            ("response.output_item.added", $$""","sequence_number":2,"output_index":0,"item":{{item}}"in_progress","content":[]}"""),
            ("response.content_part.added", $$""","sequence_number":3,{{place}},"part":{{part}}""}"""),
            ("response.output_text.delta", $$""",{{place}},"logprobs":[],"sequence_number":4,"delta":"a \"b\"\n""" + "\""),
            ("response.output_text.delta", $$""",{{place}},"logprobs":[],"sequence_number":5,"delta":"\\ \u0001z""" + "\""),
            ("response.output_text.done", $$""","sequence_number":6,{{place}},"logprobs":[],"text":{{text}}"""),
            ("response.content_part.done", $$""","sequence_number":7,{{place}},"part":{{part}}{{text}}}"""),
            ("response.output_item.done", $$""","sequence_number":8,"output_index":0,"item":{{item}}"completed","content":[{{part}}{{text}}}]}"""),
            ("response.completed", $$""","sequence_number":9,"response":{{begin}},"status":"completed",{{fields}},"usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":0},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":8},"output":[{{item}}"completed","content":[{{part}}{{text}}}]}]}"""),
        ];
        var expected = frames.Select((frame, number) => $"id: resp_{id}.{number}\nevent: {frame.Type}\ndata: {{\"type\":\"{frame.Type}\"{frame.Data}}}\n\n");
        Assert.That(body, Is.EqualTo($"retry: 2000\n\n{string.Concat(expected)}"));
    }

    [Test]
    public async Task Response_IsResumedByTheLastEventId_OnEachMethod_AfterEachFrame()
    {
        using var created = await PostAsync("/v1/responses", new { model = "text", stream = true, input = "Hello" });
        var (id, whole) = await ReadAsync(created);
        var frames = whole.Split("\n\n");

        for (var number = 0; number < 9; number++)
        {
            foreach (var request in Resumes(id, $"resp_{id}.{number}"))
            {
                using var response = await _server.Client.SendAsync(request);
                Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo($"retry: 2000\n\n{string.Join("\n\n", frames.Skip(number + 2))}"));
            }
        }
        foreach (var (last, status) in (ReadOnlySpan<(string, HttpStatusCode)>)
            [($"resp_{id}.9", HttpStatusCode.NoContent), ($"resp_{id}.10", HttpStatusCode.BadRequest), ($"resp_{id}.01", HttpStatusCode.BadRequest), ($"{id}.1", HttpStatusCode.BadRequest)])
        {
            foreach (var request in Resumes(id, last))
                Assert.That(_server.Client.Send(request).StatusCode, Is.EqualTo(status), last);
        }
    }

    [Test]
    public async Task StartingAfter_TheLastNumber_IsAnEmptyStream_AndBeyondIsAnError()
    {
        using var created = await PostAsync("/v1/responses", new { model = "text", stream = true, input = "Hello" });
        var (id, _) = await ReadAsync(created);

        Assert.That(await _server.Client.GetStringAsync(new Uri($"/v1/responses/resp_{id}?stream=true&starting_after=9", UriKind.Relative)), Is.EqualTo("retry: 2000\n\n"));
        foreach (var after in (string[])["10", "-1", "x", "9999999999999999999"])
        {
            using var response = await _server.Client.GetAsync(new Uri($"/v1/responses/resp_{id}?stream=true&starting_after={after}", UriKind.Relative));
            await ExpectErrorAsync(response, HttpStatusCode.BadRequest, "invalid_request_error", "starting_after", null);
        }
    }

    [Test]
    public async Task WholeChat_HasThisBody()
    {
        using var response = await PostAsync("/v1/chat/completions", new { model = "text", messages = new[] { new { role = "user", content = "Hello" } } });

        var (id, body) = await ReadAsync(response);
        Assert.That(response.Content.Headers.ContentType?.ToString(), Is.EqualTo("application/json"));
        Assert.That(body, Is.EqualTo($$$"""{"id":"chatcmpl-{{{id}}}","object":"chat.completion","created":{{{await CreatedAsync(id)}}},"model":"text","choices":[{"index":0,"message":{"role":"assistant","content":"a \"b\"\n\\ \u0001z","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}"""));
    }

    [TestCase("GET", "/v1/nothing", HttpStatusCode.NotFound, "unknown_url")]
    [TestCase("POST", "/v1/embeddings", HttpStatusCode.NotFound, "unknown_url")]
    [TestCase("GET", "/v1/chat/completions", HttpStatusCode.MethodNotAllowed, null)]
    [TestCase("GET", "/v1/models/nothing", HttpStatusCode.NotFound, "model_not_found", "model")]
    [TestCase("DELETE", "/v1/responses/resp_nothing", HttpStatusCode.NotFound, null)]
    [TestCase("POST", "/v1/responses/nothing/cancel", HttpStatusCode.NotFound, null)]
    public async Task Route_ThatDoesNotExist_IsAnErrorObject(string method, string path, HttpStatusCode status, string? code, string? param = null)
    {
        using var response = await _server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Parse(method), path));

        await ExpectErrorAsync(response, status, "invalid_request_error", param, code);
    }

    [Test]
    public async Task Body_ThatCantBeRead_IsAnErrorObject()
    {
        using var form = await _server.Client.SendAsync(Ask.Post("/v1/responses", "a=b"u8.ToArray(), "application/x-www-form-urlencoded"));
        using var large = await PostAsync("/v1/responses", new { model = "text", input = new string('x', 20_000) });
        using var broken = await _server.Client.SendAsync(Ask.Post("/v1/responses", "{"));

        await ExpectErrorAsync(form, HttpStatusCode.UnsupportedMediaType, "invalid_request_error", null, null);
        await ExpectErrorAsync(large, HttpStatusCode.RequestEntityTooLarge, "invalid_request_error", null, null);
        await ExpectErrorAsync(broken, HttpStatusCode.BadRequest, "invalid_request_error", null, null);
    }

    [Test]
    public async Task MissingToken_IsAnErrorObject()
    {
        await using var server = RunningServer.Start(new()
        {
            ["Auth:Required"] = "true",
            ["Auth:SigningKey"] = new string('k', 32),
            ["Auth:Issuer"] = "i",
            ["Auth:Audience"] = "a",
        }, []);
        using var response = await server.Client.GetAsync(new Uri("/v1/models", UriKind.Relative));

        await ExpectErrorAsync(response, HttpStatusCode.Unauthorized, "authentication_error", null, "invalid_api_key");
        Assert.That(response.Headers.WwwAuthenticate.ToString(), Does.StartWith("Bearer"));
    }

    [Test]
    public async Task Limits_AreErrorObjectsWithARetry()
    {
        await using var server = RunningServer.Start(new() { ["Limits:StartsPerMinutePerClient"] = "1" }, []);
        object body = new { model = "lorem", words = 1, pace = 0, input = "a" };
        using var first = await server.Client.PostAsJsonAsync("/v1/responses", body);
        using var second = await server.Client.PostAsJsonAsync("/v1/responses", body);

        Assert.That(first.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await ExpectErrorAsync(second, HttpStatusCode.TooManyRequests, "rate_limit_error", null, "too-many-starts");
        Assert.That(second.Headers.RetryAfter, Is.Not.Null);
    }

    [Test]
    public async Task Drain_BreaksStreamsOff_AndRefusesWholeAnswers()
    {
        var waiting = new TextGenerator("waiting", ["some"]) { Waits = true };
        await using var server = RunningServer.Start(new() { ["Streams:DrainTime"] = "00:10:00" }, [waiting]);
        object Body(bool stream) => new { model = "waiting", stream, messages = new[] { new { role = "user", content = "a" } } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(Body(stream: true)) };
        using var streamed = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var whole = server.Client.PostAsJsonAsync("/v1/chat/completions", Body(stream: false));
        await Eventually.Happens(() => server.Generations == 2, "both generations run");
        var drain = (Application.Shutdown.Drain)server.Services.GetService(typeof(Application.Shutdown.Drain))!;

        var stopped = server.StopAsync();
        await Eventually.Happens(() => drain.HasBegun, "the drain begins");
        drain.ForceStop();

        await Assert.ThrowsAsync<HttpIOException>(async () => await (await streamed.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null));
        using var refused = await whole;
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable).Or.EqualTo(HttpStatusCode.InternalServerError));
        await stopped.WaitAsync(Eventually.Limit);
        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [Test]
    public async Task Log_HasNothingOfTheRequest()
    {
        using var response = await PostAsync("/v1/responses", new { model = "text", stream = true, input = "s3cret-prompt", instructions = "s3cret-instructions", user = "s3cret-user" });
        using var invalid = await PostAsync("/v1/responses", new { model = "s3cret-model", input = "s3cret-prompt" });
        using var unknown = await PostAsync("/v1/s3cret", new { });
        await ReadAsync(response);

        Assert.That(_server.Log.Lines.Select(line => $"{line.Text} {line.Properties} {line.Exception}"), Has.None.Contains("s3cret"));
        Assert.That(await invalid.Content.ReadAsStringAsync(), Does.Not.Contain("s3cret"));
    }

    private static IEnumerable<HttpRequestMessage> Resumes(string id, string lastEventId) =>
    [
        Ask.Get($"/v1/responses/resp_{id}?stream=true&starting_after=5", lastEventId),
        Ask.Post("/v1/responses", """{"model":"text","stream":true,"input":"Hello"}""", lastEventId),
    ];

    private Task<HttpResponseMessage> PostAsync(string path, object body) =>
        _server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) }, HttpCompletionOption.ResponseHeadersRead);

    private static async Task<(string Id, string Body)> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync().WaitAsync(Eventually.Limit);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), body);
        return (response.Headers.GetValues("X-Stream-Id").Single(), body);
    }

    private async Task<long> CreatedAsync(string id)
    {
        Assert.That(StreamId.TryParse(id, out var streamId), Is.True);
        return (await _server.StateAsync(streamId)).Created.ToUnixTimeSeconds();
    }

    private static async Task ExpectErrorAsync(HttpResponseMessage response, HttpStatusCode status, string type, string? param, string? code)
    {
        var error = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        Assert.That(response.StatusCode, Is.EqualTo(status));
        Assert.That(error.GetProperty("message").GetString(), Is.Not.Empty);
        Assert.That(error.GetProperty("type").GetString(), Is.EqualTo(type));
        Assert.That(error.GetProperty("param").GetString(), Is.EqualTo(param));
        Assert.That(error.GetProperty("code").GetString(), Is.EqualTo(code));
        Assert.That(response.Headers.GetValues("x-request-id").Single(), Is.Not.Empty);
    }
}
