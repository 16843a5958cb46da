using Serilog;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Settings.Configuration;
using SseStreaming.Api.Health;

namespace SseStreaming.Api.Observability;

/// <summary>
/// Sinks and levels come from the configuration's <c>Serilog</c> section; all other code logs through <see cref="ILogger{TCategoryName}"/>.
/// </summary>
internal static class SerilogSetup
{
    public static void AddSerilog(this WebApplicationBuilder builder)
    {
        // A sink that is not installed, or that can't write, is reported here and nowhere else.
        SelfLog.Enable(Console.Error);
        var readerOptions = CreateReaderOptions(builder.Configuration.GetSection(ConfigurationLoggerConfigurationExtensions.DefaultSectionName));
        builder.Services.AddSerilog(
            (_, logger) => logger
                .ReadFrom.Configuration(builder.Configuration, readerOptions)
                // At Information the framework logs the address of each request, which may hold a prompt.
                .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LogEventLevel.Warning)
                .Enrich.FromLogContext()
                .Enrich.With<PathRemover>()
                .Filter.ByExcluding(static logEvent => logEvent.Level >= LevelAlias.Off)
                .Filter.ByExcluding(QuotesRequest)
                .Filter.ByExcluding(IsStoreProbe),
            preserveStaticLogger: true);
    }

    /// <summary>
    /// At Debug, Kestrel quotes requests that it can't parse, including any token in them. Tokens of all other requests are removed
    /// before the first line is logged.
    /// </summary>
    private static bool QuotesRequest(LogEvent logEvent) => GetText(logEvent, Constants.SourceContextPropertyName) switch
    {
        "Microsoft.AspNetCore.Server.Kestrel.BadRequests" => true,
        "Microsoft.AspNetCore.Server.Kestrel.Http2" or "Microsoft.AspNetCore.Server.Kestrel.Http3" => logEvent.Exception is not null,
        _ => false,
    };

    /// <summary>The framework logs an error for each probe of an unavailable store, which logs its outage itself.</summary>
    private static bool IsStoreProbe(LogEvent logEvent) =>
        GetText(logEvent, Constants.SourceContextPropertyName) == "Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService"
        && GetText(logEvent, "HealthCheckName") == StoreCheck.Name
        && logEvent.Exception is null;

    private static string? GetText(LogEvent logEvent, string property) =>
        logEvent.Properties.GetValueOrDefault(property) is ScalarValue { Value: string text } ? text : null;

    /// <summary>
    /// The assemblies that are searched for sinks. To search all deployed assemblies takes a tenth of the start, and the console
    /// alone does not need it.
    /// </summary>
    private static ConfigurationReaderOptions CreateReaderOptions(IConfigurationSection serilog)
    {
        string[] searched = ["Using", "AuditTo", "Enrich", "Filter", "Destructure"];
        return searched.Any(key => serilog.GetSection(key).Exists())
            || serilog.GetSection("WriteTo").GetChildren().Any(sink => sink["Name"] != "Console")
                ? new ConfigurationReaderOptions()
                : new ConfigurationReaderOptions(typeof(ConsoleLoggerConfigurationExtensions).Assembly);
    }

    /// <summary>ASP.NET Core adds the path to every event of a request. Clients choose it, and sinks may write all properties.</summary>
    private sealed class PathRemover : ILogEventEnricher
    {
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory) => logEvent.RemovePropertyIfPresent("RequestPath");
    }
}
