using System.Diagnostics;
using SseStreaming.Testing.Models;
using SseStreaming.Testing.Servers;

namespace SseStreaming.SourceTests.Server;

/// <summary>One trace leads from a client's request through the generation to the model's server.</summary>
internal sealed class ModelTraceTests
{
    [Test]
    public async Task Trace_LeadsFromTheRequestToTheModel()
    {
        const string prompt = "a pr0mpt", answer = "an 4nswer";
        using var spans = new Spans("Microsoft.AspNetCore", "SseStreaming.Streams", "SseStreaming.Models");
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer(answer)));
        await using var server = ModelServer.Start(upstream);
        var trace = ActivityTraceId.CreateRandom();
        await using (var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", $$"""{"prompt":"{{prompt}}"}""").With("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01")))
            Assert.That(Ask.TextOf(await viewer.ReadToEndAsync()), Is.EqualTo(answer));

        await Eventually.Happens(() => spans.Get(trace).Count() == 3, "all spans end");
        var (request, generation, call) = (Named("POST /sse"), Named("generate model"), Named("chat m"));
        Assert.That(generation.ParentSpanId, Is.EqualTo(request.SpanId));
        Assert.That(call.ParentSpanId, Is.EqualTo(generation.SpanId));
        Assert.That(upstream.Calls.Single().Head, Does.Contain($"traceparent: 00-{trace}-").IgnoreCase);
        foreach (var secret in new[] { prompt, answer, ModelServer.Key })
            Assert.That(spans.Get(trace).SelectMany(span => span.TagObjects).Select(tag => $"{tag.Value}"), Has.None.Contain(secret));

        Activity Named(string name) => spans.Get(trace).Single(span => span.DisplayName == name);
    }
}
