using System.Diagnostics;
using SseStreaming.DoorTests.Testing;
using SseStreaming.Testing.Network;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>The programs of <c>docs/openai.md</c> print the whole text, although their first connection breaks.</summary>
internal sealed class DocumentationTests
{
    private const string Page = "openai.md";

    [TestCase(1_500)]
    [TestCase(4_000)]
    public async Task JavaScript_PrintsTheWholeText(int cut)
    {
        await using var server = RunningServer.Start();
        await using var network = Break(server, cut);

        var printed = await NodeProgram.RunTextAsync(Adapt("js", network));

        Assert.That(printed.Split(' '), Has.Length.EqualTo(20));
        Assert.That(printed, Does.StartWith("Lorem ipsum").And.EndWith("."));
        Assert.That(network.Connections, Is.GreaterThan(1));
    }

    // The program is compiled first.
    [Test]
    [Category(TestCategories.Long)]
    public async Task CSharp_PrintsTheWholeText()
    {
        await using var server = RunningServer.Start(new() { ["Sse:Retry"] = "00:00:00" }, []);
        await using var network = Break(server, 4_000);
        var folder = Directory.CreateTempSubdirectory("sample-").FullName;
        var file = Path.Combine(folder, "sample.cs");
        await File.WriteAllTextAsync(file, $"#:property PublishAot=false\n{Adapt("csharp", network)}");

        using var process = Process.Start(new ProcessStartInfo("dotnet", ["run", file]) { RedirectStandardOutput = true })!;
        var printed = await process.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Limit * 5);
        await process.WaitForExitAsync();
        Directory.Delete(folder, recursive: true);

        // Paragraphs are separated by blank lines.
        Assert.That(printed.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(100));
        Assert.That(network.Connections, Is.GreaterThan(1));
    }

    private static FaultyNetwork Break(RunningServer server, int cut) => new(server.Address, (number, _) => number > 0
        ? NetworkConditions.None
        : new NetworkConditions { Fault = new NetworkFault(NetworkFaultKind.Reset, cut) });

    private static string Adapt(string language, FaultyNetwork network) =>
        Sample(language).Replace("http://localhost:5081", network.Address.ToString().TrimEnd('/'), StringComparison.Ordinal);

    private static string Sample(string language)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", Page)).ReplaceLineEndings("\n");
        var start = text.IndexOf($"\n```{language}\n", StringComparison.Ordinal) + language.Length + 5;
        return text[start..text.IndexOf("\n```\n", start, StringComparison.Ordinal)];
    }
}
