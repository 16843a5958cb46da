using System.Diagnostics;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.SourceTests.OpenAi;

/// <summary>Calls to models are measured and traced under the names of OpenTelemetry's conventions for generative AI.</summary>
internal sealed class TelemetryTests
{
    private const string Duration = "gen_ai.client.operation.duration";

    [Test]
    public async Task Call_IsMeasuredAndTraced()
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Text("Hello") + Sse.Finish("stop") + Sse.Usage(11, 7) + Sse.Done));
        var meters = new Meters();
        using var measured = new Measurements(meters);
        using var spans = new Spans("SseStreaming.Models");
        using var generator = OpenAiFixture.Generator(server, meters: meters);

        await Generated.ReadInTimeAsync(generator);

        var tags = new Dictionary<string, object?>
        {
            ["gen_ai.operation.name"] = "chat",
            ["gen_ai.provider.name"] = "openai",
            ["gen_ai.request.model"] = "m",
            ["server.address"] = "127.0.0.1",
            ["server.port"] = server.Port,
        };
        Assert.That(measured.Get(Duration).Single().Tags, Is.EquivalentTo(tags));
        Assert.That(measured.Get("gen_ai.client.operation.time_to_first_chunk").Single().Tags, Is.EquivalentTo(tags));
        Assert.That(measured.GetValues("gen_ai.client.token.usage", ("gen_ai.token.type", "input")), Is.EqualTo(new[] { 11.0 }));
        Assert.That(measured.GetValues("gen_ai.client.token.usage", ("gen_ai.token.type", "output")), Is.EqualTo(new[] { 7.0 }));
        var span = spans.All.Single(item => server.Port.Equals(item.GetTagItem("server.port")));
        Assert.That((span.DisplayName, span.Kind, span.Status), Is.EqualTo(("chat m", ActivityKind.Client, ActivityStatusCode.Unset)));
        Assert.That(span.GetTagItem("gen_ai.response.finish_reasons"), Is.EqualTo(new[] { "stop" }));
        Assert.That(span.GetTagItem("gen_ai.usage.output_tokens"), Is.EqualTo(7L));
        Assert.That(span.TagObjects.Select(tag => $"{tag.Value}"), Has.None.Contain("Hello").And.None.Contain("s3cret"));
    }

    [Test]
    public async Task EachAttempt_IsASeparateCall_WithItsFault()
    {
        await using var server = new UpstreamServer(UpstreamServer.Status(429), UpstreamServer.Streaming(Sse.Answer("at last")));
        var meters = new Meters();
        using var measured = new Measurements(meters);
        using var spans = new Spans("SseStreaming.Models");
        using var generator = OpenAiFixture.Generator(server, options => (options.Retries, options.RetryDelay) = (1, TimeSpan.Zero), meters: meters);

        await Generated.ReadInTimeAsync(generator);

        Assert.That(measured.Get(Duration).Select(call => call.Tags.GetValueOrDefault("error.type")), Is.EqualTo(new[] { "upstream-rate-limited", null }));
        var calls = spans.All.Where(item => server.Port.Equals(item.GetTagItem("server.port"))).ToList();
        Assert.That(calls.Select(span => span.Status), Is.EqualTo(new[] { ActivityStatusCode.Error, ActivityStatusCode.Unset }));
    }

    [Test]
    public async Task Call_IsAChildOfTheGeneration_AndIsPropagated()
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("Hello")));
        using var spans = new Spans("SseStreaming.Models");
        using var generator = OpenAiFixture.Generator(server);
        using var generation = new Activity("generate").Start();

        await Generated.ReadInTimeAsync(generator);

        var span = spans.Get(generation.TraceId).Single();
        Assert.That(span.ParentSpanId, Is.EqualTo(generation.SpanId));
        Assert.That(Activity.Current, Is.SameAs(generation), "the call's span is not current after the call");
        Assert.That(server.Calls.Single().Head, Does.Contain($"traceparent: 00-{span.TraceId}-").IgnoreCase);
    }
}
