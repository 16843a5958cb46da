using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>Streams that clients write, by the native routes.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ExternalStreamTests : IAsyncDisposable
{
    private readonly RunningServer _server = RunningServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Test]
    public async Task Create_Append_End_IsSeenByAViewer_EventByEvent()
    {
        var id = await CreateAsync("""{"source":"external","thread":"chat"}""");
        await using var viewer = await SseViewer.OpenAsync(_server, $"/streams/{id}/events");
        var started = await viewer.ExpectAsync();
        Assert.That(started.EventType, Is.EqualTo("started"));
        Assert.That(started.Data, Is.EqualTo($$"""{"streamId":"{{id}}","source":"external"}"""));

        await AppendedAsync(id, "  Lorem\n", "text/plain");
        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo("  Lorem\n"));
        await AppendedAsync(id, """{"text":" ipsum"}""");
        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo(" ipsum"));
        var last = await AppendedAsync(id, """{"segments":[" dolor"," \u00e9"]}""");

        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo(" dolor"));
        var fourth = await viewer.ExpectAsync();
        Assert.That((fourth.Data, fourth.EventId), Is.EqualTo((" é", last.GetProperty("lastEventId").GetString())));
        var state = await EndAsync(id, null);
        Assert.That(state.GetProperty("status").GetString(), Is.EqualTo("completed"));
        Assert.That(state.GetProperty("thread").GetString(), Is.EqualTo("chat"));
        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo("""{"segments":4,"characters":22,"finishReason":"stop"}"""));
        Assert.That(Ask.IsSentinel(await viewer.ExpectAsync()), Is.True);
        Assert.That(Encoding.UTF8.GetString(await _server.Client.GetByteArrayAsync(Path($"/streams/{id}/text"))), Is.EqualTo("  Lorem\n ipsum dolor é"));
    }

    [Test]
    public async Task Create_WithAnIdempotencyKey_IsRepeatable()
    {
        using var first = await _server.Client.SendAsync(Ask.Post("/streams", """{"source":"external"}""").With("Idempotency-Key", "k"));
        using var again = await _server.Client.SendAsync(Ask.Post("/streams", """{"source":"external"}""").With("Idempotency-Key", "k"));
        using var other = await _server.Client.SendAsync(Ask.Post("/streams", """{"source":"external","thread":"t"}""").With("Idempotency-Key", "k"));
        using var generation = await _server.Client.SendAsync(Ask.Post("/streams", """{"words":1}""").With("Idempotency-Key", "k"));

        Assert.That((first.StatusCode, again.StatusCode), Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.OK)));
        Assert.That(again.Headers.Location, Is.EqualTo(first.Headers.Location));
        Assert.That((other.StatusCode, generation.StatusCode), Is.EqualTo((HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity)));
    }

    [TestCase("""{"source":"external","prompt":"p"}""", "prompt")]
    [TestCase("""{"source":"external","words":3}""", "words")]
    [TestCase("""{"source":"external","messages":[{"role":"user","content":"c"}]}""", "messages")]
    [TestCase("""{"source":"external","thread":""}""", "thread")]
    public async Task Create_WithWhatOnlyAGenerationHas_IsRefused(string body, string field)
    {
        using var response = await _server.Client.SendAsync(Ask.Post("/streams", body));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Problem.FieldsOf(await Problem.OfAsync(response)), Is.EqualTo(new[] { field }));
    }

    [Test]
    public async Task Start_ThatStreams_RefusesTheSource_AndNamesTheRoute()
    {
        using var get = await _server.Client.GetAsync(Path("/sse?source=external"));
        using var post = await _server.Client.SendAsync(Ask.Post("/sse", """{"source":"external"}"""));
        foreach (var response in new[] { get, post })
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That((await Problem.OfAsync(response)).GetProperty("detail").GetString(), Does.Contain("POST /streams"));
        }
        Assert.That(await _server.Client.GetStringAsync(Path("/sources")), Does.Not.Contain("external"));
    }

    [Test]
    public async Task Append_WithProducerHeaders_IsStoredOnce()
    {
        var id = await CreateAsync();
        using var first = await SendAsync(id, "a", 0, 0);
        using var repeat = await SendAsync(id, "a", 0, 0);
        using var gap = await SendAsync(id, "c", 0, 2);
        using var next = await SendAsync(id, "b", 1, 0);
        using var fenced = await SendAsync(id, "x", 0, 1);
        using var badStart = await SendAsync(id, "x", 2, 1);

        var answer = await first.Content.ReadFromJsonAsync<JsonElement>();
        Assert.That(answer.EnumerateObject().Select(field => field.Name), Is.EqualTo(new[] { "lastEventId" }));
        var repeated = await repeat.Content.ReadFromJsonAsync<JsonElement>();
        Assert.That((repeated.GetProperty("repeated").GetBoolean(), repeated.GetProperty("lastEventId").GetString()), Is.EqualTo((true, $"{id}.2")));
        Assert.That((gap.StatusCode, Header(gap, "Producer-Expected-Seq"), Header(gap, "Producer-Received-Seq")), Is.EqualTo((HttpStatusCode.Conflict, "1", "2")));
        Assert.That((await Problem.OfAsync(gap)).GetProperty("type").GetString(), Is.EqualTo(ProblemTypes.ProducerGap));
        Assert.That(next.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((fenced.StatusCode, Header(fenced, "Producer-Epoch")), Is.EqualTo((HttpStatusCode.Forbidden, "1")));
        Assert.That(Problem.FieldsOf(await Problem.OfAsync(badStart)), Is.EqualTo(new[] { "Producer-Seq" }));
        Assert.That(await _server.Client.GetStringAsync(Path($"/streams/{id}/text")), Is.EqualTo("ab"));
    }

    [TestCase("p", null, "0", "Producer-Epoch")]
    [TestCase(null, "0", "0", "Producer-Id")]
    [TestCase("p", "0", "-1", "Producer-Seq")]
    [TestCase("p", "+1", "0", "Producer-Epoch")]
    [TestCase("p", "0", "9007199254740992", "Producer-Seq")]
    [TestCase("", "0", "0", "Producer-Id")]
    public async Task Append_WithInvalidProducerHeaders_IsRefused(string? producer, string? epoch, string? sequence, string field)
    {
        var id = await CreateAsync();
        using var response = await _server.Client.SendAsync(Ask.Post($"/streams/{id}/segments", """{"text":"a"}""")
            .With("Producer-Id", producer).With("Producer-Epoch", epoch).With("Producer-Seq", sequence));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Problem.FieldsOf(await Problem.OfAsync(response)), Is.EqualTo(new[] { field }));
    }

    [TestCase("", "text/plain", 400)]
    [TestCase("", "application/json", 400)]
    [TestCase("{}", "application/json", 400)]
    [TestCase("""{"text":""}""", "application/json", 400)]
    [TestCase("""{"text":1}""", "application/json", 400)]
    [TestCase("""{"text":"a","segments":["b"]}""", "application/json", 400)]
    [TestCase("""{"segments":[]}""", "application/json", 400)]
    [TestCase("""{"segments":["a",1]}""", "application/json", 400)]
    [TestCase("""{"text":"a","x":1}""", "application/json", 400)]
    [TestCase("""{"text":"\ud800"}""", "application/json", 400)]
    [TestCase("a", "text/plain; charset=latin1", 415)]
    [TestCase("a", "text/csv", 415)]
    [TestCase("a", null, 415)]
    public async Task Append_OfWhatIsNoText_IsRefused_AndChangesNothing(string body, string? contentType, int status)
    {
        var id = await CreateAsync();
        using var response = await _server.Client.SendAsync(Ask.Post($"/streams/{id}/segments", Encoding.UTF8.GetBytes(body), contentType));
        Assert.That((int)response.StatusCode, Is.EqualTo(status), await response.Content.ReadAsStringAsync());
        Assert.That((await StateAsync(id)).GetProperty("lastEventId").GetString(), Is.EqualTo($"{id}.1"));
    }

    [Test]
    public async Task Append_OfInvalidUtf8_IsRefused()
    {
        var id = await CreateAsync();
        using var response = await _server.Client.SendAsync(Ask.Post($"/streams/{id}/segments", [0x61, 0xff], "text/plain"));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Append_ToAnEndedStream_IsAConflict_AndTheSameEndIsNot()
    {
        var id = await CreateAsync();
        await EndAsync(id, """{"status":"failed","problem":{"title":"Broken.","detail":"The disk is full."}}""");

        using var append = await _server.Client.SendAsync(Ask.Post($"/streams/{id}/segments", """{"text":"a"}"""));
        using var same = await _server.Client.SendAsync(Ask.Post($"/streams/{id}/end", """{"status":"failed"}"""));
        using var other = await _server.Client.SendAsync(Ask.Post($"/streams/{id}/end", "{}"));

        Assert.That((append.StatusCode, same.StatusCode, other.StatusCode), Is.EqualTo((HttpStatusCode.Conflict, HttpStatusCode.OK, HttpStatusCode.Conflict)));
        Assert.That((await Problem.OfAsync(append)).GetProperty("type").GetString(), Is.EqualTo(ProblemTypes.StreamEnded));
        var state = await StateAsync(id);
        Assert.That((state.GetProperty("status").GetString(), state.GetProperty("reason").GetString()), Is.EqualTo(("failed", ProblemTypes.WriterFailed)));
        var events = await _server.Client.GetStringAsync(Path($"/streams/{id}/events"));
        Assert.That(events, Does.Contain("\"title\":\"Broken.\",\"detail\":\"The disk is full.\""));
    }

    [TestCase("""{"status":"stopped"}""")]
    [TestCase("""{"problem":{"title":"t"}}""")]
    [TestCase("""{"status":"failed","problem":"t"}""")]
    [TestCase("""{"status":"failed","problem":{"title":1}}""")]
    [TestCase("""{"x":1}""")]
    public async Task End_InAnInvalidWay_IsRefused(string body)
    {
        var id = await CreateAsync();
        using var response = await _server.Client.SendAsync(Ask.Post($"/streams/{id}/end", body));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await StateAsync(id)).GetProperty("status").GetString(), Is.EqualTo("running"));
    }

    [Test]
    public async Task Append_ToAGeneration_IsForbidden_AndToAnUnknownStream_NotFound()
    {
        using var started = await _server.Client.SendAsync(Ask.Post("/streams", """{"words":1000,"pace":1000,"onDisconnect":"continue"}"""));
        var generation = Ask.StartedBy(started);
        using var forbidden = await _server.Client.SendAsync(Ask.Post($"/streams/{generation}/segments", """{"text":"a"}"""));
        using var end = await _server.Client.SendAsync(Ask.Post($"/streams/{generation}/end", "{}"));
        using var unknown = await _server.Client.SendAsync(Ask.Post("/streams/AAAAAAAAAAAAAAAAAAAAAA/segments", """{"text":"a"}"""));

        Assert.That((forbidden.StatusCode, end.StatusCode, unknown.StatusCode),
            Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.NotFound)));
        Assert.That((await Problem.OfAsync(forbidden)).GetProperty("detail").GetString(), Does.Contain("'lorem'"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Delete_StopsTheStream_AndTheWriterSeesIt(bool forget)
    {
        var id = await CreateAsync();
        await AppendedAsync(id, """{"text":"a"}""");
        await using var viewer = await SseViewer.OpenAsync(_server, $"/streams/{id}/events");
        Assert.That((await viewer.ExpectAsync()).EventType, Is.EqualTo("started"));

        using var deleted = await _server.Client.DeleteAsync(Path($"/streams/{id}{(forget ? "?forget=true" : "")}"));
        using var append = await _server.Client.SendAsync(Ask.Post($"/streams/{id}/segments", """{"text":"b"}"""));

        Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(append.StatusCode, Is.EqualTo(forget ? HttpStatusCode.NotFound : HttpStatusCode.Conflict));
        if (!forget)
            Assert.That((await viewer.ReadToEndAsync()).Single(Ask.IsTerminal).Data, Is.EqualTo("""{"reason":"requested","segments":1,"characters":1}"""));
    }

    [Test]
    public async Task Append_BeyondTheLimitOfTheStream_Is413()
    {
        await using var server = RunningServer.Start(new() { ["Streams:MaxCharactersPerStream"] = "5" }, []);
        using var created = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"external"}"""));
        var id = Ask.StartedBy(created);
        using var tooLong = await server.Client.SendAsync(Ask.Post($"/streams/{id}/segments", """{"text":"123456"}"""));
        using var fits = await server.Client.SendAsync(Ask.Post($"/streams/{id}/segments", """{"text":"12345"}"""));
        Assert.That((tooLong.StatusCode, fits.StatusCode), Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.OK)));
        Assert.That((await Problem.OfAsync(tooLong)).GetProperty("type").GetString(), Is.EqualTo(ProblemTypes.TooLarge));
    }

    [Test]
    public async Task Create_CountsAsAStart_ButNotAsAGeneration()
    {
        await using var server = RunningServer.Start(
            new() { ["Limits:StartsPerMinutePerClient"] = "2", ["Limits:RunningGenerationsPerClient"] = "1" }, []);
        using var first = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"external"}"""));
        using var second = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"external"}"""));
        using var third = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"external"}"""));
        Assert.That((first.StatusCode, second.StatusCode, third.StatusCode),
            Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.TooManyRequests)));
        Assert.That(third.Headers.RetryAfter, Is.Not.Null);
    }

    [Test]
    public async Task Idle_Stream_EndsAsFailed()
    {
        await using var server = RunningServer.Start(new() { ["Sources:External:IdleTimeout"] = "00:00:00.200" }, []);
        using var created = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"external"}"""));
        await using var viewer = await SseViewer.OpenAsync(server, $"/streams/{Ask.StartedBy(created)}/events");
        var terminal = (await viewer.ReadToEndAsync()).Single(Ask.IsTerminal);
        Assert.That(terminal.EventType, Is.EqualTo("failed"));
        Assert.That(terminal.Data, Does.Contain(ProblemTypes.Idle));
    }

    [Test]
    public async Task Appends_OfManyAtOnce_AreAllStored_EachProducersInOrder()
    {
        const int producers = 20;
        const int appends = 50;
        var id = await CreateAsync();
        await Task.WhenAll(Enumerable.Range(0, producers).Select(async producer =>
        {
            for (var i = 0; i < appends; i++)
                await AppendedAsync(id, $"{producer}:{i};", "text/plain");
        }));
        await EndAsync(id, null);

        var parts = (await _server.Client.GetStringAsync(Path($"/streams/{id}/text"))).Split(';', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(parts, Has.Length.EqualTo(producers * appends));
        for (var producer = 0; producer < producers; producer++)
            Assert.That(parts.Where(part => part.StartsWith($"{producer}:", StringComparison.Ordinal)), Is.EqualTo(Enumerable.Range(0, appends).Select(i => $"{producer}:{i}")));
    }

    private async Task<string> CreateAsync(string body = """{"source":"external"}""")
    {
        using var response = await _server.Client.SendAsync(Ask.Post("/streams", body));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created), await response.Content.ReadAsStringAsync());
        return Ask.StartedBy(response).ToString();
    }

    private async Task<JsonElement> AppendedAsync(string id, string body, string contentType = "application/json")
    {
        using var response = await _server.Client.SendAsync(Ask.Post($"/streams/{id}/segments", Encoding.UTF8.GetBytes(body), contentType));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<JsonElement> EndAsync(string id, string? body)
    {
        using var request = body is null ? new HttpRequestMessage(HttpMethod.Post, $"/streams/{id}/end") : Ask.Post($"/streams/{id}/end", body);
        using var response = await _server.Client.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private Task<HttpResponseMessage> SendAsync(string id, string text, long epoch, long sequence) => _server.Client.SendAsync(
        Ask.Post($"/streams/{id}/segments", Encoding.UTF8.GetBytes(text), "text/plain")
            .With("Producer-Id", "p").With("Producer-Epoch", $"{epoch}").With("Producer-Seq", $"{sequence}"));

    private Task<JsonElement> StateAsync(string id) => _server.Client.GetFromJsonAsync<JsonElement>(Path($"/streams/{id}"));

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private static Uri Path(string path) => new(path, UriKind.Relative);
}
