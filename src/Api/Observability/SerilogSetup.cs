using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Settings.Configuration;

namespace SseStreaming.Api.Observability;

/// <summary>
/// All that knows Serilog (docs/decisions/0002-serilog-without-its-bundle.md): sinks and levels come from the configuration's
/// <c>Serilog</c> section, everything else logs through <see cref="ILogger{TCategoryName}"/>.
/// </summary>
internal static class SerilogSetup
{
    public static void AddSerilog(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        var logger = new LoggerConfiguration()
            .ReadFrom.Configuration(builder.Configuration, CreateReaderOptions(builder.Configuration))
            // Whatever levels are configured: it writes the whole address of each request, with the prompt in it. RequestLog is in its place.
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LogEventLevel.Warning)
            .Enrich.FromLogContext()
            .Enrich.With<WithoutPath>()
            .Filter.ByExcluding(QuotesRequest)
            .CreateLogger();
        builder.Logging.AddSerilog(logger, dispose: true);
    }

    /// <summary>
    /// What Kestrel refuses before it is a request it quotes, at Debug, with whatever token stands in it. At all other places tokens have
    /// been taken out of a request before it is looked at.
    /// </summary>
    private static bool QuotesRequest(LogEvent logEvent) =>
        logEvent.Properties.TryGetValue(Constants.SourceContextPropertyName, out var context) && context is ScalarValue { Value: string source }
        && source switch
        {
            "Microsoft.AspNetCore.Server.Kestrel.BadRequests" => true,
            "Microsoft.AspNetCore.Server.Kestrel.Http2" or "Microsoft.AspNetCore.Server.Kestrel.Http3" => logEvent.Exception is not null,
            _ => false,
        };

    /// <summary>
    /// Where sinks are looked for. To go through all that was deployed, for what may hold some, took a tenth of the start; that is
    /// done only where other sinks than the console are configured.
    /// </summary>
    private static ConfigurationReaderOptions CreateReaderOptions(ConfigurationManager configuration) =>
        configuration.GetSection("Serilog:Using").Exists()
            || configuration.GetSection("Serilog:WriteTo").GetChildren().Any(sink => sink["Name"] != "Console")
            ? new ConfigurationReaderOptions()
            : new ConfigurationReaderOptions(typeof(ConsoleLoggerConfigurationExtensions).Assembly);

    /// <summary>ASP.NET Core adds the path to every line of a request. It is the client's to make up, and a sink that writes all properties would keep it.</summary>
    private sealed class WithoutPath : ILogEventEnricher
    {
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory) => logEvent.RemovePropertyIfPresent("RequestPath");
    }
}
