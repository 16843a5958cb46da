using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace SseStreaming.Api.Observability;

/// <summary>
/// All that knows OpenTelemetry: metrics and traces are sent to the collector that its own settings name, and nowhere unless they
/// name one. Everything else measures with <c>System.Diagnostics</c> alone.
/// </summary>
internal static class TelemetrySetup
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string Patience = "OTEL_EXPORTER_OTLP_TIMEOUT";
    private const string ServiceName = "sse-streaming";

    /// <summary>A collector that accepts and says nothing holds the end of the process up for twice as long; with the standard's 10 s it was 10 s.</summary>
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(2);

    private static readonly string[] Protocols = ["grpc", "http/protobuf"];

    private static readonly string[] Meters =
    [
        "SseStreaming.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "Npgsql", "System.Runtime",
    ];

    private static readonly string[] ActivitySources = ["SseStreaming.*", RequestTrace.ActivitySourceName, "Npgsql"];

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        RequestTrace.TakeOverTags();
        if (!IsConfigured(builder.Configuration))
            return;

        builder.Services.AddOpenTelemetry()
            // What the standard's variables say of the service comes last, and prevails.
            .ConfigureResource(resource => resource.Clear()
                .AddService(ServiceName, serviceVersion: typeof(TelemetrySetup).Assembly.GetName().Version?.ToString(3))
                .AddTelemetrySdk()
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddMeter(Meters).AddOtlpExporter(SetPatience))
            .WithTracing(traces => traces.AddSource(ActivitySources).AddOtlpExporter(SetPatience));

        void SetPatience(OtlpExporterOptions exporter)
        {
            if (builder.Configuration[Patience] is not { Length: > 0 })
                exporter.TimeoutMilliseconds = (int)DefaultPatience.TotalMilliseconds;
        }
    }

    /// <summary>The exporter itself would go on with its defaults, or not at all, if a setting were wrong.</summary>
    private static bool IsConfigured(ConfigurationManager configuration)
    {
        if (configuration[Endpoint] is not { Length: > 0 } endpoint)
            return false;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
            throw Invalid(Endpoint, "is no http or https address");
        if (configuration[Protocol] is { Length: > 0 } protocol && !Protocols.Contains(protocol, StringComparer.Ordinal))
            throw Invalid(Protocol, $"must be one of: {string.Join(", ", Protocols)}");
        return true;
    }

    private static OptionsValidationException Invalid(string setting, string fault) => new(setting, typeof(string), [$"{setting} {fault}."]);
}
