using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging;
using SseStreaming.Api.Observability;
using SseStreaming.Application.Telemetry;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Stores;

namespace SseStreaming.UnitTests;

/// <summary>docs/operations.md lists exactly the log events and metrics of the code.</summary>
internal sealed class OperationsPageTests
{
    private static readonly Assembly[] Assemblies = [typeof(StreamId).Assembly, typeof(StreamMetrics).Assembly, typeof(StoreMetrics).Assembly, typeof(ViewerMetrics).Assembly, typeof(RequestLogging).Assembly];

    private static readonly string[] Rows = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "operations.md"), Encoding.UTF8);

    [Test]
    public void EveryLogEvent_HasARow_WithItsIdAndItsLevel()
    {
        var events = Assemblies.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => (method.Name, Message: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(log => log.Message is not null)
            .Select(log => $"| `{log.Name}` | {log.Message!.EventId} | {log.Message.Level} |")
            .Append($"| `{RequestLogging.EventName}` | {RequestLogging.EventId} | {RequestLogging.Level} |")
            .ToList();

        Assert.That(events, Has.Count.GreaterThan(30));
        Assert.That(LogRows().Select(row => string.Join('|', row.Split('|')[..4]) + '|'), Is.EquivalentTo(events));
    }

    [Test]
    public void EveryCategory_IsTheNameOfAType()
    {
        var categories = LogRows().Select(row => row.Split('|')[4].Trim(' ', '`')).Distinct().ToList();

        var types = Assemblies.SelectMany(assembly => assembly.GetTypes()).Select(type => type.FullName!);
        Assert.That(categories.Where(category => category != RequestLogging.Category).Select(category => $"SseStreaming.{category}"), Is.SubsetOf(types));
        Assert.That(categories, Does.Contain(RequestLogging.Category));
    }

    [Test]
    public void EveryMetric_HasARow()
    {
        var names = Instruments().Select(instrument => $"| `{instrument.Name}` | {KindOf(instrument)}, {instrument.Unit} ");

        var rows = Section("## Metrics").Where(row => row.StartsWith("| `sse", StringComparison.Ordinal) || row.StartsWith("| `gen", StringComparison.Ordinal))
            .Select(row => string.Join('|', row.Split('|')[..3]));
        Assert.That(rows, Is.EquivalentTo(names));
    }

    [Test]
    public void EveryMetric_HasAUnitAndANameOfTheConventions()
    {
        var instruments = Instruments();

        Assert.That(instruments.Select(instrument => instrument.Name), Is.Unique.And.All.Matches(@"^(sse_streaming|gen_ai)\.[a-z_.]+$"));
        Assert.That(instruments.Select(instrument => instrument.Unit), Is.All.Matches(@"^(s|By|\{[a-z]+\})$"));
        Assert.That(instruments.Select(instrument => instrument.Description), Is.All.Matches(@"^[A-Z].+\.$"));
    }

    internal static List<Instrument> Instruments()
    {
        var meters = new Meters();
        var instruments = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                    instruments.Add(instrument);
            },
        };
        listener.Start();
        _ = (new StreamMetrics(meters), new ViewerMetrics(meters, TimeProvider.System), new StoreMetrics(meters, TimeProvider.System), new ModelMetrics(meters));
        return instruments;
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name switch
    {
        "Counter`1" => "counter",
        "UpDownCounter`1" => "up-down counter",
        _ => "histogram",
    };

    private static IEnumerable<string> LogRows() => Section("## Log events").Where(row => row.StartsWith("| `", StringComparison.Ordinal));

    internal static IEnumerable<string> Section(string heading) =>
        Rows.SkipWhile(row => row != heading).Skip(1).TakeWhile(row => !row.StartsWith("## ", StringComparison.Ordinal));
}
