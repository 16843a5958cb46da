using Serilog;
using Serilog.Events;
using SseStreaming.AspNetCore.Problems;

namespace SseStreaming.Api.Observability;

/// <summary>
/// One log line for each finished request. It names the route instead of the path and the query, because clients choose those.
/// </summary>
internal static class RequestLogging
{
    public const int EventId = 1;

    public const string EventName = "Finished";

    /// <summary>The category that Serilog's middleware logs with.</summary>
    public const string Category = "Serilog.AspNetCore.RequestLoggingMiddleware";

    public const LogEventLevel Level = LogEventLevel.Information;

    private const string MessageTemplate = "{Method} {Route} answered {StatusCode} in {Elapsed:0.0} ms, stream {StreamId}";

    private static readonly LogEventProperty Event =
        new("EventId", new StructureValue([new("Id", new ScalarValue(EventId)), new("Name", new ScalarValue(EventName))]));

    public static void UseRequestLogging(this WebApplication app) => app.UseSerilogRequestLogging(options =>
    {
        // Serilog's static logger would be the last host's of the process, and tests run many.
        options.Logger = app.Services.GetRequiredService<Serilog.ILogger>();
        options.MessageTemplate = MessageTemplate;
        options.GetLevel = GetLevel;
        // The default properties include the path.
        options.GetMessageTemplateProperties = GetProperties;
    });

    /// <summary>
    /// The disconnect filter has already logged a client that left, and the exception handler a fault. SerilogSetup filters events
    /// of the level Off; Serilog itself would write them.
    /// </summary>
    private static LogEventLevel GetLevel(HttpContext context, double elapsed, Exception? exception) =>
        exception is not null || context.Features.Get<ClientDisconnect>() is not null ? LevelAlias.Off : Level;

    private static IEnumerable<LogEventProperty> GetProperties(HttpContext context, string path, double elapsed, int statusCode) =>
    [
        new("Method", new ScalarValue(RequestNames.GetKnownMethod(context) ?? "(other)")),
        new("Route", new ScalarValue(RequestNames.GetRoute(context) ?? "(no route)")),
        new("StatusCode", new ScalarValue(statusCode)),
        new("Elapsed", new ScalarValue(elapsed)),
        new("StreamId", new ScalarValue(RequestNames.GetStreamId(context) ?? "-")),
        new("RequestId", new ScalarValue(context.TraceIdentifier)),
        new("ConnectionId", new ScalarValue(context.Connection.Id)),
        Event,
    ];
}
