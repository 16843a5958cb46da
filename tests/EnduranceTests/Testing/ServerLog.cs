using System.Text.RegularExpressions;

namespace SseStreaming.EnduranceTests.Testing;

/// <summary>What a node wrote, read as an operator would: what went wrong, and what it did.</summary>
internal static partial class ServerLog
{
    /// <summary>Errors, unobserved exceptions among them. A node must not have any, whatever happened to it.</summary>
    public static async Task<IReadOnlyList<string>> ErrorsAsync(ServerNode node) => [.. (await ReadAsync(node)).Where(line => Error().IsMatch(line))];

    /// <summary>Warnings, without times and ids, and how often each came.</summary>
    public static async Task<IEnumerable<string>> WarningsAsync(ServerNode node) => (await ReadAsync(node))
        .Where(line => Warning().IsMatch(line))
        .CountBy(line => Id().Replace(Warning().Replace(line, ""), "…"))
        .Select(pair => $"{pair.Value} × {pair.Key}");

    /// <summary>Streams whose generations have ended, each as often as that was said.</summary>
    public static async Task<IReadOnlyList<string>> EndedAsync(ServerNode node) =>
        [.. (await ReadAsync(node)).Select(line => Ended().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];

    /// <summary>The process writes to it meanwhile.</summary>
    private static async Task<List<string>> ReadAsync(ServerNode node)
    {
        await using var file = new FileStream(node.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var lines = new List<string>();
        while (await reader.ReadLineAsync() is { } line)
            lines.Add(line);
        return lines;
    }

    [GeneratedRegex(@"^\d\d:\d\d:\d\d\.\d{3} (ERR|FTL) |^Unhandled exception")]
    private static partial Regex Error();

    [GeneratedRegex(@"^\d\d:\d\d:\d\d\.\d{3} WRN ")]
    private static partial Regex Warning();

    [GeneratedRegex("[A-Za-z0-9_-]{22}")]
    private static partial Regex Id();

    [GeneratedRegex(@"^\d\d:\d\d:\d\d\.\d{3} INF Generation ([A-Za-z0-9_-]{22}) of \S+ ended: ")]
    private static partial Regex Ended();
}
