using System.Text.Json;
using SseStreaming.DoorTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.Durable;

/// <summary>The official conformance suite of the protocol, npm <c>@durable-streams/server-conformance-tests</c>.</summary>
internal sealed class ConformanceTests
{
    /// <summary>The tests that this server does not pass, each with the reason.</summary>
    private static readonly string LeftOutFile = Path.Combine(Repository.Root, "tests", "DoorTests", "Durable", "left-out.json");

    [Test]
    public async Task Suite_Passes_ExceptWhatIsLeftOut([Values("Memory", "Sqlite")] string store)
    {
        var folder = Directory.CreateTempSubdirectory("conformance-");
        await using var server = RunningServer.Start(new()
        {
            ["Store"] = store,
            ["DataFolder"] = folder.FullName,
            // The suite waits 5 seconds for the end of a long poll.
            ["Sse:Heartbeat"] = "00:00:01",
            ["Cors:Origins:0"] = "https://example.com",
        }, []);

        var output = await NodeProgram.RunAsync("conformance.mjs", new { server = server.Address });

        var results = output.Deserialize<List<ConformanceResult>>(JsonSerializerOptions.Web)!;
        var leftOut = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(LeftOutFile))!;
        await TestContext.Out.WriteLineAsync($"{results.Count(result => result.IsPassed)} of {results.Count} tests pass.");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                results.Where(result => !result.IsPassed && !leftOut.ContainsKey(result.Name)).Select(result => $"{result.Name}: {result.Message}"),
                Is.Empty, "failed");
            Assert.That(results.Where(result => result.IsPassed && leftOut.ContainsKey(result.Name)), Is.Empty, "pass, and have to leave the list");
            Assert.That(leftOut.Keys.Except(results.Select(result => result.Name)), Is.Empty, "are not in the suite");
            Assert.That(results, Has.Count.EqualTo(338));
        }
        await server.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
