using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>Every route, with valid requests.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RouteTests
{
    private readonly ScriptedGenerator _source = new();
    private RunningServer _server = null!;

    [SetUp]
    public void Start() => _server = RunningServer.Start(_source);

    [TearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [TestCase("GET")]
    [TestCase("POST")]
    public async Task Sse_StreamsTheRequestedSource(string method)
    {
        await using var viewer = await SseViewer.OpenAsync(_server, method == "GET"
            ? Ask.Get("/sse?source=lorem&words=7&pace=0&seed=1&onDisconnect=continue")
            : Ask.Post("/sse", """{"source":"lorem","words":7,"pace":0,"seed":1,"onDisconnect":"continue","prompt":null}"""));

        var items = await viewer.ReadToEndAsync();

        Assert.That(items.Count(Ask.IsSegment), Is.EqualTo(7));
        Assert.That(JsonDocument.Parse(items[0].Data).RootElement.GetProperty("source").GetString(), Is.EqualTo("lorem"));
        Assert.That(items[^2].EventType, Is.EqualTo("completed"));
    }

    [Test]
    public async Task Lorem_WithASeed_IsTheSameForAQueryAndABody()
    {
        await using var one = await SseViewer.OpenAsync(_server, Ask.Get("/sse?words=200&pace=0&seed=42"));
        await using var two = await SseViewer.OpenAsync(_server, Ask.Post("/sse", """{"words":200,"pace":0,"seed":42}"""));
        await using var other = await SseViewer.OpenAsync(_server, Ask.Get("/sse?words=200&pace=0&seed=43"));

        var text = Ask.TextOf(await one.ReadToEndAsync());

        Assert.That(Ask.TextOf(await two.ReadToEndAsync()), Is.EqualTo(text));
        Assert.That(Ask.TextOf(await other.ReadToEndAsync()), Is.Not.EqualTo(text));
    }

    [Test]
    public async Task Streams_StartsAGeneration_AndReturnsItsLocation()
    {
        using var response = await _server.Client.SendAsync(Ask.Post("/streams", """{"source":"scripted"}"""));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var state = await response.Content.ReadFromJsonAsync<JsonElement>();
        var id = state.GetProperty("id").GetString();
        Assert.That(response.Headers.Location?.ToString(), Is.EqualTo($"/streams/{id}"));
        Assert.That((await _server.Client.GetAsync(response.Headers.Location)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task State_FollowsAStreamFromItsStartToItsEnd()
    {
        await using var viewer = await SseViewer.OpenAsync(_server, "/sse?source=scripted");
        var script = await _source.NextAsync();
        var id = Ask.IdOf(await viewer.ExpectAsync()).StreamId;

        script.Write("🧵 two");
        await viewer.ExpectAsync();
        var running = await _server.Client.GetFromJsonAsync<JsonElement>($"/streams/{id}");
        script.Complete("length");
        await viewer.ReadToEndAsync();
        await Eventually.Happens(async () => (await _server.StateAsync(id)).Viewers == 0, "the viewer is disconnected");
        var completed = await _server.Client.GetFromJsonAsync<JsonElement>($"/streams/{id}");

        Assert.That(running.EnumerateObject().Select(property => property.Name), Is.EquivalentTo(
            new[] { "id", "source", "status", "created", "segments", "characters", "viewers", "lastEventId", "reason", "thread" }));
        Assert.That(running.GetProperty("id").GetString(), Is.EqualTo(id.ToString()));
        Assert.That(running.GetProperty("source").GetString(), Is.EqualTo("scripted"));
        Assert.That(running.GetProperty("status").GetString(), Is.EqualTo("running"));
        Assert.That(running.GetProperty("created").GetDateTimeOffset(), Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(5)));
        Assert.That(running.GetProperty("segments").GetInt64(), Is.EqualTo(1));
        Assert.That(running.GetProperty("characters").GetInt64(), Is.EqualTo("🧵 two".Length));
        Assert.That(running.GetProperty("viewers").GetInt32(), Is.EqualTo(1));
        Assert.That(running.GetProperty("lastEventId").GetString(), Is.EqualTo($"{id}.2"));
        Assert.That(running.GetProperty("reason").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(completed.GetProperty("status").GetString(), Is.EqualTo("completed"));
        Assert.That(completed.GetProperty("reason").GetString(), Is.EqualTo("length"));
        Assert.That(completed.GetProperty("lastEventId").GetString(), Is.EqualTo($"{id}.3"));
        Assert.That(completed.GetProperty("viewers").GetInt32(), Is.Zero);
    }

    [Test]
    public async Task Text_IsTheGeneratedTextUnchanged()
    {
        await using var viewer = await SseViewer.OpenAsync(_server, "/sse?source=scripted");
        var script = await _source.NextAsync();
        var id = Ask.IdOf(await viewer.ExpectAsync()).StreamId;

        script.Write("a\r", "\nb\rc\n", "\0é🧵");
        script.Write(".");
        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo("a"));
        script.Complete();
        await viewer.ReadToEndAsync();
        using var response = await _server.Client.GetAsync(new Uri($"/streams/{id}/text", UriKind.Relative));

        Assert.That(response.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/plain; charset=utf-8"));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("a\r\nb\rc\n\0é🧵."));
    }

    [Test]
    public async Task Text_OfARunningStream_IsTheTextSoFar()
    {
        await using var viewer = await SseViewer.OpenAsync(_server, "/sse?source=scripted");
        var script = await _source.NextAsync();
        var id = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
        Assert.That(await _server.TextAsync(id), Is.Empty);

        script.Write("so far");
        await viewer.ExpectAsync();

        Assert.That(await _server.TextAsync(id), Is.EqualTo("so far"u8.ToArray()));
    }

    [Test]
    public async Task Delete_StopsAGeneration()
    {
        await using var viewer = await SseViewer.OpenAsync(_server, "/sse?source=scripted");
        var id = Ask.IdOf(await viewer.ExpectAsync()).StreamId;

        using var response = await _server.Client.DeleteAsync(new Uri($"/streams/{id}", UriKind.Relative));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await viewer.ExpectAsync()).EventType, Is.EqualTo("stopped"));
    }

    [Test]
    public async Task Sources_ListsTheSourcesAndTheirOptions()
    {
        var list = await _server.Client.GetFromJsonAsync<JsonElement>("/sources");

        Assert.That(list.GetProperty("default").GetString(), Is.EqualTo("lorem"));
        var sources = list.GetProperty("sources").EnumerateArray().ToDictionary(source => source.GetProperty("name").GetString()!);
        Assert.That(sources.Keys, Is.EquivalentTo(new[] { "document", "lorem", "scripted" }));
        Assert.That(sources["lorem"].GetProperty("options").GetProperty("properties").EnumerateObject().Select(option => option.Name),
            Is.EquivalentTo(new[] { "words", "pace", "seed" }));
        Assert.That(sources["document"].GetProperty("options").GetProperty("required")[0].GetString(), Is.EqualTo("file"));
    }
}
