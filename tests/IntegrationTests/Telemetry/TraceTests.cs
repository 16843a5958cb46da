using System.Diagnostics;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Telemetry;

/// <summary>A trace follows one generation from the request that began it to its terminal event.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TraceTests
{
    private readonly ScriptedGenerator _source = new();
    private readonly Spans _spans = new("Microsoft.AspNetCore", "SseStreaming.Streams");

    [TearDown]
    public void TearDown() => _spans.Dispose();

    [Test]
    public async Task Generation_IsInTheTraceOfTheRequestThatBeganIt_AndOutlivesIt()
    {
        await using var server = RunningServer.Start(_source);
        var parent = NewParent();
        using var response = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"scripted","onDisconnect":"continue"}""").With("traceparent", TextOf(parent)));
        var streamId = Ask.StartedBy(response);
        var script = await _source.NextAsync();
        var request = await OneAsync(parent.TraceId, "POST /streams");
        Assert.That(_spans.Get(parent.TraceId).Count(), Is.EqualTo(1), "the generation continues after the request");

        script.Write("one", " two");
        script.Complete();
        var generation = await OneAsync(parent.TraceId, "generate scripted");

        Assert.That(request.ParentSpanId, Is.EqualTo(parent.SpanId));
        Assert.That(generation.ParentSpanId, Is.EqualTo(request.SpanId));
        Assert.That(generation.Status, Is.EqualTo(ActivityStatusCode.Unset));
        Assert.That(generation.Events.Select(item => item.Name), Is.EqualTo(new[] { "first segment" }));
        Assert.That(TagsOf(generation), Is.EquivalentTo(new Dictionary<string, object?>
        {
            ["sse_streaming.source"] = "scripted",
            ["sse_streaming.stream.id"] = streamId.ToString(),
            ["sse_streaming.ending"] = "completed",
            ["sse_streaming.reason"] = "stop",
            ["sse_streaming.segments"] = 2L,
            ["sse_streaming.characters"] = 7L,
        }));
        Assert.That(TagsOf(request), Is.EquivalentTo(new Dictionary<string, object?>
        {
            ["http.request.method"] = "POST",
            ["http.route"] = "/streams",
            ["http.response.status_code"] = 201,
            ["url.scheme"] = "http",
        }));
    }

    [Test]
    public async Task Generation_ThatFails_IsAnError()
    {
        await using var server = RunningServer.Start(_source);
        var parent = NewParent();
        await using var viewer = await SseViewer.OpenAsync(server, Ask.Get("/sse?source=scripted").With("traceparent", TextOf(parent)));
        (await _source.NextAsync()).Fail(new InvalidOperationException("Broken."));
        await viewer.ReadToEndAsync();

        var generation = await OneAsync(parent.TraceId, "generate scripted");

        Assert.That(generation.Status, Is.EqualTo(ActivityStatusCode.Error));
        Assert.That(TagsOf(generation)["error.type"], Is.EqualTo("source-failed"));
    }

    [Test]
    public async Task Request_ThatResumes_LinksToTheGeneration_AndTheOneThatBeganItDoesNot()
    {
        await using var server = RunningServer.Start(_source);
        var (began, resumed) = (NewParent(), NewParent());
        await using var first = await SseViewer.OpenAsync(server, Ask.Get("/sse?source=scripted").With("traceparent", TextOf(began)));
        var streamId = Ask.IdOf(await first.ExpectAsync()).StreamId;
        var script = await _source.NextAsync();
        await using var second = await SseViewer.OpenAsync(server, Ask.Get("/sse", $"{streamId}.1").With("traceparent", TextOf(resumed)));
        script.Complete();
        await first.ReadToEndAsync();
        await second.ReadToEndAsync();

        var generation = await OneAsync(began.TraceId, "generate scripted");
        Assert.That((await OneAsync(resumed.TraceId, "GET /sse")).Links.Select(link => link.Context.SpanId), Is.EqualTo(new[] { generation.SpanId }));
        Assert.That((await OneAsync(began.TraceId, "GET /sse")).Links, Is.Empty);
    }

    [Test]
    public async Task Request_OfNoRoute_IsNamedWithoutItsPath()
    {
        await using var server = RunningServer.Start();
        var parent = NewParent();
        using var response = await server.Client.SendAsync(new HttpRequestMessage(new HttpMethod("BREW"), $"/{StreamId.New()}").With("traceparent", TextOf(parent)));

        var request = await OneAsync(parent.TraceId, "HTTP");

        Assert.That(TagsOf(request)["http.request.method"], Is.EqualTo("_OTHER"));
        Assert.That(TagsOf(request), Does.Not.ContainKey("url.path").And.Not.ContainKey("http.request.method_original"));
    }

    private static ActivityContext NewParent() => new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, isRemote: true);

    private static string TextOf(ActivityContext parent) => $"00-{parent.TraceId}-{parent.SpanId}-01";

    private static Dictionary<string, object?> TagsOf(Activity span) => new(span.TagObjects);

    private async Task<Activity> OneAsync(ActivityTraceId trace, string name)
    {
        await Eventually.Happens(() => _spans.Get(trace).Any(span => span.DisplayName == name), $"the span '{name}' ends");
        return _spans.Get(trace).Single(span => span.DisplayName == name);
    }
}
