using System.Reflection;
using System.Text.RegularExpressions;
using SseStreaming.Application;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Infrastructure.Generators;

namespace SseStreaming.UnitTests;

/// <summary>docs/configuration.md lists exactly the settings that the options classes have.</summary>
public sealed partial class ConfigurationPageTests
{
    /// <summary>Read without an options class: by the host, by Serilog, by OpenTelemetry, or as single values.</summary>
    private static readonly string[] ReadElsewhere =
    [
        "urls", "Kestrel:Endpoints", "Kestrel:Limits", "AllowedHosts", "Store", "DataFolder", "ConnectionStrings:PostgreSql", "Cors:Origins", "Serilog", "WarmUp",
        "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL",
    ];

    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));

    [Test]
    public void Page_ListsEverySettingOnce() =>
        Assert.That(Documented(), Is.EquivalentTo(Existing().Concat(ReadElsewhere)));

    internal static IEnumerable<string> Documented() =>
        Rows().Matches(Page).SelectMany(row => Names().Matches(row.Groups["names"].Value)).Select(name => name.Groups["name"].Value)
            // The table that explains the values of Store has rows of its own.
            .Except(["Sqlite", "PostgreSql", "Memory", "lorem", "document"]);

    private static IEnumerable<string> Existing() =>
        from assembly in new[] { typeof(StreamsOptions).Assembly, typeof(GeneratorSetup).Assembly, typeof(SseOptions).Assembly, typeof(Program).Assembly }
        from type in assembly.GetTypes()
        let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
        where section is not null
        let prefix = typeof(INamedSourceOptions).IsAssignableFrom(type) ? $"{section}:<name>" : section
        from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where property.CanWrite || property.PropertyType.IsGenericType
        where property.Name is not "Networks"
        select $"{prefix}:{property.Name}";

    [GeneratedRegex(@"^\| (?<names>`[^|]+`) \|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex("`(?<name>[^`]+)`")]
    private static partial Regex Names();
}
