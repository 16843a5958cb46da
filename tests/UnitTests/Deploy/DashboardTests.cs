using System.Diagnostics.Metrics;
using System.IO.Enumeration;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SseStreaming.Api.Observability;

namespace SseStreaming.UnitTests.Deploy;

/// <summary>deploy/grafana shows metrics, labels and values that the server emits, by the names that Prometheus gives them.</summary>
internal sealed partial class DashboardTests
{
    private static readonly JsonElement Dashboard =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "grafana", "sse-streaming.json"))).RootElement;

    private static readonly List<JsonElement> Panels = [.. Dashboard.GetProperty("panels").EnumerateArray()];

    private static readonly List<JsonElement> Targets =
        [.. Panels.Where(panel => panel.TryGetProperty("targets", out _)).SelectMany(panel => panel.GetProperty("targets").EnumerateArray())];

    private static readonly List<string> Queries =
    [
        .. Targets.Select(target => target.GetProperty("expr").GetString()!),
        .. Dashboard.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Where(variable => variable.GetProperty("type").GetString() == "query").Select(variable => variable.GetProperty("query").GetString()!),
    ];

    /// <summary>Labels that OpenTelemetry and Prometheus add, one of the framework, and one that the page describes once for several metrics.</summary>
    private static readonly string[] OtherLabels = ["job", "instance", "le", "http_response_status_code", "gen_ai_request_model"];

    [Test]
    public async Task EveryMetric_IsOneThatTheServerSends()
    {
        var sent = (await SentInstrumentsAsync()).SelectMany(PrometheusNames).ToHashSet(StringComparer.Ordinal);

        Assert.That(Queries.Where(query => !MetricsOf(query).Any()), Is.Empty, "queries without a metric");
        Assert.That(Queries.SelectMany(MetricsOf).Distinct(), Is.Not.Empty.And.SubsetOf(sent));
    }

    [Test]
    public void EveryLabel_IsATagOfTheMetric()
    {
        foreach (var query in Queries)
        {
            var rows = OperationsPageTests.Section("## Metrics").Where(row => MetricsOf(query).Any(metric => IsRowOf(row, metric)));
            var tags = rows.SelectMany(row => Code().Matches(row)).Select(code => code.Groups[1].Value.Replace('.', '_'));
            var labels = Matchers().Matches(query).Select(matcher => matcher.Groups["label"].Value)
                .Concat(Groupings().Matches(query).SelectMany(grouping => grouping.Groups[1].Value.Split(", "))).Distinct();
            Assert.That(labels, Is.SubsetOf(tags.Concat(OtherLabels)), query);
        }
    }

    [Test]
    public void EveryValueOfALabel_IsDocumented()
    {
        var documented = OperationsPageTests.Section("## Metrics").SelectMany(row => Code().Matches(row)).Select(code => code.Groups[1].Value).ToHashSet();

        var values = Queries.SelectMany(query => Matchers().Matches(query))
            .Where(matcher => matcher.Groups["label"].Value.StartsWith("sse_streaming", StringComparison.Ordinal))
            .SelectMany(matcher => matcher.Groups["value"].Value.Split('|')).Where(value => value != "$source").Distinct().ToList();
        Assert.That(values, Is.Not.Empty.And.SubsetOf(documented));
    }

    [Test]
    public void EveryLegend_ShowsLabelsThatTheQueryKeeps()
    {
        foreach (var target in Targets)
        {
            var query = target.GetProperty("expr").GetString()!;
            var kept = Groupings().Matches(query).SelectMany(grouping => grouping.Groups[1].Value.Split(", ")).DefaultIfEmpty("instance");
            Assert.That(LegendLabels().Matches(target.GetProperty("legendFormat").GetString()!).Select(label => label.Groups[1].Value), Is.SubsetOf(kept), query);
        }
    }

    [Test]
    public void EveryPanel_HasItsOwnIdAndPlace()
    {
        Assert.That(Panels.Select(panel => panel.GetProperty("id").GetInt32()), Is.Unique);
        Assert.That(Panels.SelectMany(CellsOf), Is.Unique);
    }

    /// <summary>The server's own instruments, and those of the framework whose meters it sends.</summary>
    private static async Task<List<Instrument>> SentInstrumentsAsync()
    {
        var instruments = OperationsPageTests.Instruments();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (!instrument.Meter.Name.StartsWith("SseStreaming.", StringComparison.Ordinal))
                    instruments.Add(instrument);
            },
        };
        listener.Start();
        // The web host creates its instruments with its hosted service.
        await using var app = WebApplication.CreateSlimBuilder().Build();
        _ = app.Services.GetServices<IHostedService>().ToList();
        listener.Dispose();
        return [.. instruments.Where(instrument => TelemetrySetup.Meters.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, instrument.Meter.Name)))];
    }

    private static IEnumerable<string> PrometheusNames(Instrument instrument)
    {
        var name = ToBaseName(instrument);
        var kind = instrument.GetType().Name;
        return kind.Contains("Histogram", StringComparison.Ordinal) ? [$"{name}_bucket", $"{name}_sum", $"{name}_count"]
            : kind.Contains("UpDown", StringComparison.Ordinal) || kind.Contains("Gauge", StringComparison.Ordinal) ? [name]
            : [$"{name}_total"];
    }

    private static string ToBaseName(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_');
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
    }

    /// <summary>True for the row of docs/operations.md that describes this metric.</summary>
    private static bool IsRowOf(string row, string metric) =>
        row.StartsWith("| `", StringComparison.Ordinal) && row.Split('`')[1].Replace('.', '_') is var name
            && (metric == name || Regex.IsMatch(metric, $"^{name}(_seconds)?_(bucket|sum|count|total)$"));

    private static IEnumerable<string> MetricsOf(string query) => Metrics().Matches(query).Select(metric => metric.Groups[1].Value);

    private static IEnumerable<(int X, int Y)> CellsOf(JsonElement panel)
    {
        var place = panel.GetProperty("gridPos");
        var (left, top) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32());
        return from x in Enumerable.Range(left, place.GetProperty("w").GetInt32())
               from y in Enumerable.Range(top, place.GetProperty("h").GetInt32())
               select (x, y);
    }

    [GeneratedRegex(@"(?:label_values\()?\b([a-z_]+)(?=\{|, job\))")]
    private static partial Regex Metrics();

    [GeneratedRegex(@"(?<label>\w+)=~?""(?<value>[^""]*)""")]
    private static partial Regex Matchers();

    [GeneratedRegex(@"by \(([^)]*)\)")]
    private static partial Regex Groupings();

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex LegendLabels();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
