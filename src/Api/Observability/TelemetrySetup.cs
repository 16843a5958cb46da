using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace SseStreaming.Api.Observability;

/// <summary>
/// Sends metrics and traces to the collector that OpenTelemetry's own settings name, if they name one. All other code measures with
/// <c>System.Diagnostics</c> only.
/// </summary>
internal static class TelemetrySetup
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string ExportTimeout = "OTEL_EXPORTER_OTLP_TIMEOUT";
    private const string ServiceName = "sse-streaming";

    /// <summary>A collector that accepts connections and does not answer delayed the end of the process by 10 s with the standard's default.</summary>
    private static readonly TimeSpan DefaultExportTimeout = TimeSpan.FromSeconds(2);

    private static readonly string[] Protocols = ["grpc", "http/protobuf"];

    internal static readonly string[] Meters =
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
            // The standard's variables come last and override the name.
            .ConfigureResource(resource => resource.Clear()
                .AddService(ServiceName, serviceVersion: typeof(TelemetrySetup).Assembly.GetName().Version?.ToString(3))
                .AddTelemetrySdk()
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddMeter(Meters).AddOtlpExporter(SetExportTimeout))
            .WithTracing(traces => traces.AddSource(ActivitySources).AddOtlpExporter(SetExportTimeout));

        void SetExportTimeout(OtlpExporterOptions exporter)
        {
            if (builder.Configuration[ExportTimeout] is not { Length: > 0 })
                exporter.TimeoutMilliseconds = (int)DefaultExportTimeout.TotalMilliseconds;
        }
    }

    /// <summary>The exporter ignores a wrong setting, or stops silently.</summary>
    private static bool IsConfigured(ConfigurationManager configuration)
    {
        if (configuration[Endpoint] is not { Length: > 0 } endpoint)
            return false;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
            throw Invalid(Endpoint, "is not an http or https address");
        if (configuration[Protocol] is { Length: > 0 } protocol && !Protocols.Contains(protocol, StringComparer.Ordinal))
            throw Invalid(Protocol, $"must be one of: {string.Join(", ", Protocols)}");
        return true;
    }

    private static OptionsValidationException Invalid(string setting, string error) => new(setting, typeof(string), [$"{setting} {error}."]);
}
