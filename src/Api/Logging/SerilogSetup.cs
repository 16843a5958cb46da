using Serilog;

namespace SseStreaming.Api.Logging;

/// <summary>
/// All that knows Serilog (docs/decisions/0002-serilog-without-its-bundle.md): sinks and levels come from the configuration's
/// <c>Serilog</c> section, everything else logs through <see cref="ILogger{TCategoryName}"/>.
/// </summary>
internal static class SerilogSetup
{
    public static void AddSerilog(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        var logger = new LoggerConfiguration().ReadFrom.Configuration(builder.Configuration).Enrich.FromLogContext().CreateLogger();
        builder.Logging.AddSerilog(logger, dispose: true);
    }
}
