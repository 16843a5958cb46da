using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;

namespace SseStreaming.Testing.Servers;

/// <summary>
/// A sink in the place of the console: it gets exactly the lines that the configured log would write. Serilog makes its sinks
/// by name from the configuration, so the way from there to a test is a name, too.
/// </summary>
internal sealed class LogCapture : ILogEventSink, IDisposable
{
    private const string NameKey = "LogCapture";

    private static readonly ConcurrentDictionary<string, LogCapture> ByName = new();

    private readonly string _name = Guid.NewGuid().ToString("N");
    private readonly ConcurrentQueue<LogLine> _lines = new();
    private readonly TextWriter _file = ServerLogs.NewFile(TestContext.CurrentContext.Test.ClassName!.Split('.')[1]) is { } path
        ? TextWriter.Synchronized(new StreamWriter(path) { AutoFlush = true })
        : TextWriter.Null;

    public LogCapture() => ByName[_name] = this;

    /// <summary>What is below this level is not shown to the test. The server logs all that it can, whatever a test wants to see.</summary>
    public LogEventLevel Level { get; set; } = LogEventLevel.Information;

    public IReadOnlyCollection<LogLine> Lines => _lines;

    public IEnumerable<LogLine> AboveInformation => _lines.Where(line => line.Level > LogEventLevel.Information);

    /// <summary>What the server logs of a client that left.</summary>
    public IEnumerable<LogLine> Disconnects => _lines.Where(line => line.Text.StartsWith("Client closed connection", StringComparison.Ordinal));

    /// <summary>The line of each request that was answered.</summary>
    public IEnumerable<LogLine> Requests => _lines.Where(line => line.Category.EndsWith(".RequestLoggingMiddleware", StringComparison.Ordinal));

    /// <summary>Configuration that sends a server's log here instead of to the console.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings =>
    [
        new("Serilog:Using:0", typeof(LogCapture).Assembly.GetName().Name!),
        new("Serilog:WriteTo:0", nameof(CaptureSinkExtensions.Capture)),
        new("Serilog:MinimumLevel", nameof(LogEventLevel.Verbose)),
        new(NameKey, _name),
    ];

    public static LogCapture Of(IConfiguration configuration) => ByName[configuration[NameKey]!];

    public void Emit(LogEvent logEvent)
    {
        var line = new LogLine(
            logEvent.Level,
            logEvent.Properties.TryGetValue("SourceContext", out var category) ? category.ToString("l", CultureInfo.InvariantCulture) : "",
            logEvent.RenderMessage(CultureInfo.InvariantCulture),
            string.Join(' ', logEvent.Properties.Select(property => $"{property.Key}={property.Value}")),
            logEvent.Exception);
        _file.WriteLine($"{line.Level} {line.Text} {line.Properties} {line.Exception}");
        if (line.Level >= Level)
            _lines.Enqueue(line);
    }

    public void Dispose()
    {
        ByName.TryRemove(_name, out _);
        _file.Dispose();
    }
}

/// <param name="Properties">All that a structured sink would write beside the text.</param>
internal sealed record LogLine(LogEventLevel Level, string Category, string Text, string Properties, Exception? Exception);

/// <summary>Public, or Serilog does not find it.</summary>
public static class CaptureSinkExtensions
{
    public static LoggerConfiguration Capture(this LoggerSinkConfiguration loggerSinkConfiguration, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(loggerSinkConfiguration);
        return loggerSinkConfiguration.Sink(LogCapture.Of(configuration));
    }
}
