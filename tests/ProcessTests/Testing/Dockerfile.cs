using System.Text.Json;

namespace SseStreaming.ProcessTests.Testing;

/// <summary>The instructions of <c>deploy/Dockerfile</c>, for tests that follow them without Docker.</summary>
internal sealed class Dockerfile
{
    private readonly List<(string Name, string Arguments)> _instructions = [];

    public static Dockerfile Read()
    {
        var file = new Dockerfile();
        var text = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "Dockerfile")).Replace("\\\n", " ", StringComparison.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith('#'))
                continue;
            var parts = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            file._instructions.Add((parts[0], parts[1]));
        }
        return file;
    }

    public IEnumerable<string> All(string name) => _instructions.Where(item => item.Name == name).Select(item => item.Arguments);

    /// <summary>The sources and destinations that the named stage copies from the repository.</summary>
    public IEnumerable<(string Source, string Target)> Copies(string stage) =>
        _instructions.SkipWhile(item => !(item.Name == "FROM" && item.Arguments.EndsWith($" AS {stage}", StringComparison.Ordinal))).Skip(1)
            .TakeWhile(item => item.Name != "FROM")
            .Where(item => item.Name == "COPY" && !item.Arguments.StartsWith("--", StringComparison.Ordinal))
            .Select(item => item.Arguments.Split(' '))
            .SelectMany(paths => paths[..^1].Select(path => (path, paths[^1])));

    /// <summary>The arguments of <c>dotnet publish</c>.</summary>
    public string[] Publish => All("RUN").Single(command => command.StartsWith("dotnet publish ", StringComparison.Ordinal)).Split(' ')[1..];

    public IEnumerable<KeyValuePair<string, string>> Environment =>
        All("ENV").SelectMany(line => line.Split(' ')).Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1]));

    public string[] EntryPoint => JsonSerializer.Deserialize<string[]>(All("ENTRYPOINT").Single())!;

    public string[] HealthCheck => JsonSerializer.Deserialize<string[]>(All("HEALTHCHECK").Single().Split("CMD ", 2)[1])!;
}
