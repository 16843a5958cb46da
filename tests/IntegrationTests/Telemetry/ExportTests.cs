using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Observability;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Telemetry;

/// <summary>Metrics and traces reach the collector that the settings name; without one nothing is sent.</summary>
internal sealed class ExportTests
{
    [Test]
    public async Task Collector_ThatIsNamed_GetsMetricsAndTraces()
    {
        await using var collector = await Collector.StartAsync();
        var source = new ScriptedGenerator("exported");
        await using (var server = RunningServer.Start(Settings(collector.Address), [source]))
        {
            await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=exported");
            var script = await source.NextAsync();
            script.Write("one", " two");
            script.Complete();
            await viewer.ReadToEndAsync();

            foreach (var metric in new[] { "sse_streaming.active_viewers", "sse_streaming.generation.duration", "http.server.request.duration", "dotnet.gc.collections" })
                await Eventually.Happens(() => collector.Metrics.Any(body => body.Contains(metric, StringComparison.Ordinal)), $"{metric} arrives");
            await server.StopAsync();
        }

        // Pending spans are sent when the entry point ends, which can be after the end of the host.
        foreach (var span in new[] { "GET /sse", "generate exported" })
            await Eventually.Happens(() => collector.Traces.Any(body => body.Contains(span, StringComparison.Ordinal)), $"{span} arrives");
        Assert.That(collector.Metrics.Concat(collector.Traces), Has.All.Contain("sse-streaming"), "each body contains the name of the service");
    }

    [Test]
    public async Task Service_HasTheNameThatTheSettingsGive()
    {
        await using var collector = await Collector.StartAsync();
        await using var server = RunningServer.Start(new(Settings(collector.Address)) { ["OTEL_SERVICE_NAME"] = "stories" }, []);

        await Eventually.Happens(() => collector.Metrics.Any(), "metrics arrive");

        Assert.That(collector.Metrics.First(), Does.Contain("stories").And.Not.Contain("sse-streaming"));
    }

    [Test]
    public async Task Collector_ThatIsUnreachable_HasNoEffect()
    {
        await using var server = RunningServer.Start(Settings($"http://127.0.0.1:{Ports.Free()}"), []);

        using var response = await server.Client.SendAsync(Ask.Get("/sse?source=lorem&words=3&pace=0"));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("[END]"));
        await server.StopAsync();

        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector")]
    [TestCase("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    public void Setting_ThatIsWrong_StopsTheStartWithItsName(string key, string value)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(Settings("http://127.0.0.1:4318")!) { [key] = value });

        Assert.That(builder.AddTelemetry, Throws.InstanceOf<OptionsValidationException>().With.Message.Contains(key));
    }

    private static Dictionary<string, string> Settings(string endpoint) => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
    };
}
