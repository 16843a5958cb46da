using System.Diagnostics;
using SseStreaming.DoorTests.Testing;
using SseStreaming.Testing.Network;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.Durable;

/// <summary>The programs of <c>docs/durable-streams.md</c> write and print the whole text, although their first connections break.</summary>
internal sealed class DocumentationTests
{
    private const string Page = "durable-streams.md";
    private const string Text = "Each text is stored exactly once.";

    [TestCase(200)]
    [TestCase(700)]
    public async Task JavaScript_WritesAndPrintsTheWholeText(int cut)
    {
        await using var server = RunningServer.Start();
        await using var network = new FaultyNetwork(server.Address, (number, _) => number > 0
            ? NetworkConditions.None
            : new NetworkConditions { Fault = new NetworkFault(NetworkFaultKind.Reset, cut) });

        await NodeProgram.RunTextAsync(Adapt("js", network.Address));
        network.UseConditions((number, _) => number % 2 > 0 ? NetworkConditions.None : new NetworkConditions { Fault = new NetworkFault(NetworkFaultKind.Close, cut) });
        var printed = await NodeProgram.RunTextAsync(Adapt("mjs", network.Address));

        Assert.That(printed, Is.EqualTo(Text));
        Assert.That(network.Connections, Is.GreaterThan(2));
    }

    [Test]
    public async Task Curl_WritesAndReads()
    {
        await using var server = RunningServer.Start();
        var start = new ProcessStartInfo("sh", ["-ec", Adapt("sh", server.Address)]) { RedirectStandardOutput = true, RedirectStandardError = true };

        using var process = Process.Start(start)!;
        var (printed, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await Task.WhenAll(printed, error, process.WaitForExitAsync()).WaitAsync(Eventually.Limit);

        Assert.That(process.ExitCode, Is.Zero, () => error.Result);
        Assert.That(await printed, Does.StartWith("Hello, world.").And.Contains("data:Hello\n").And.Contains("\"streamClosed\":true"));
    }

    private static string Adapt(string language, Uri server) =>
        DocumentSample.Read(Page, language).Replace("http://localhost:5081", server.ToString().TrimEnd('/'), StringComparison.Ordinal);
}
