using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;

namespace SseStreaming.Testing.Servers;

/// <summary>
/// A sink that replaces the console: it receives exactly the lines that the configured log would write. Serilog creates sinks by
/// name from the configuration, so a sink finds the capture of its test by a name, too.
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

    /// <summary>Lines below this level are not shown to the test. The server always logs at its lowest level.</summary>
    public LogEventLevel Level { get; set; } = LogEventLevel.Information;

    public IReadOnlyCollection<LogLine> Lines => _lines;

    public IEnumerable<LogLine> AboveInformation => _lines.Where(line => line.Level > LogEventLevel.Information);

    /// <summary>Lines about clients that disconnected.</summary>
    public IEnumerable<LogLine> Disconnects => _lines.Where(line => line.Text.StartsWith("Client closed connection", StringComparison.Ordinal));

    /// <summary>The line of each completed request.</summary>
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

/// <param name="Properties">All properties that a structured sink would write in addition to the text.</param>
internal sealed record LogLine(LogEventLevel Level, string Category, string Text, string Properties, Exception? Exception);

/// <summary>Must be public, because Serilog finds only public methods.</summary>
public static class CaptureSinkExtensions
{
    public static LoggerConfiguration Capture(this LoggerSinkConfiguration loggerSinkConfiguration, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(loggerSinkConfiguration);
        return loggerSinkConfiguration.Sink(LogCapture.Of(configuration));
    }
}
