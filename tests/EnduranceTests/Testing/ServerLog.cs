using System.Text.RegularExpressions;

namespace SseStreaming.EnduranceTests.Testing;

/// <summary>Reads the log of a node.</summary>
internal static partial class ServerLog
{
    /// <summary>Errors, including unobserved exceptions. A node must not log any, even after faults.</summary>
    public static async Task<IReadOnlyList<string>> ErrorsAsync(ServerNode node) => [.. (await ReadAsync(node)).Where(line => Error().IsMatch(line))];

    /// <summary>Warnings without times and ids, each with its number of occurrences.</summary>
    public static async Task<IEnumerable<string>> WarningsAsync(ServerNode node) => (await ReadAsync(node))
        .Where(line => Warning().IsMatch(line))
        .CountBy(line => Id().Replace(Warning().Replace(line, ""), "…"))
        .Select(pair => $"{pair.Value} × {pair.Key}");

    /// <summary>Streams whose generations ended, one entry for each log message.</summary>
    public static async Task<IReadOnlyList<string>> EndedAsync(ServerNode node) =>
        [.. (await ReadAsync(node)).Select(line => Ended().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];

    /// <summary>The process writes to the file concurrently.</summary>
    private static async Task<List<string>> ReadAsync(ServerNode node)
    {
        await using var file = new FileStream(node.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var lines = new List<string>();
        while (await reader.ReadLineAsync() is { } line)
            lines.Add(line);
        return lines;
    }

    [GeneratedRegex(@"^\[\d\d:\d\d:\d\d (ERR|FTL)\] |^Unhandled exception")]
    private static partial Regex Error();

    [GeneratedRegex(@"^\[\d\d:\d\d:\d\d WRN\] ")]
    private static partial Regex Warning();

    [GeneratedRegex("[A-Za-z0-9_-]{22}")]
    private static partial Regex Id();

    [GeneratedRegex(@"^\[\d\d:\d\d:\d\d INF\] Generation ([A-Za-z0-9_-]{22}) of \S+ ended: ")]
    private static partial Regex Ended();
}
