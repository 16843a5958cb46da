using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using SseStreaming.Testing.Network;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>Microsoft.Extensions.AI.OpenAI, in a program of its own.</summary>
internal sealed class ExtensionsTests
{
    private const string Name = "ExtensionsClient";

    private static readonly string Program = typeof(ExtensionsTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == Name).Value!;

    private readonly TextGenerator _text = new("text", TextGenerator.Difficult) { Pace = TimeSpan.FromMilliseconds(5) };
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public void Start() => _server = RunningServer.Start(new() { ["Sse:Retry"] = "00:00:00" }, [_text]);

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [TestCase("chat", 4_000)]
    [TestCase("responses", 8_500)]
    public async Task Stream_CutAtManyBytes_IsWhole_OrThrows(string call, int bytes)
    {
        // The first one is not cut.
        var positions = Enumerable.Range(2, bytes / 199).Select(i => (long)i * 199).Prepend(long.MaxValue).ToList();
        var networks = positions.ConvertAll(at => new FaultyNetwork(_server.Address, (number, _) => number > 0
            ? NetworkConditions.None
            : new NetworkConditions { Fault = new NetworkFault(NetworkFaultKind.Reset, at) }));
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(
            "dotnet", [Program, call, "text", .. networks.Select(network => new Uri(network.Address, "/v1").ToString())])
        { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Limit);
        await process.WaitForExitAsync();
        foreach (var network in networks)
            await network.DisposeAsync();

        var seen = JsonSerializer.Deserialize<List<Answer>>(output, JsonSerializerOptions.Web)!;
        Assert.That(seen, Has.Count.EqualTo(positions.Count));
        Assert.That(seen[0], Is.EqualTo(new Answer(_text.Text, null)));
        for (var i = 0; i < seen.Count; i++)
        {
            if (seen[i].Error is null)
                Assert.That(seen[i].Text, Is.EqualTo(_text.Text), $"cut after {positions[i]} bytes");
        }
        await TestContext.Out.WriteLineAsync($"{call}: {seen.Count(answer => answer.Error is null)} whole, {seen.Count(answer => answer.Error is not null)} thrown.");
    }

    private sealed record Answer(string Text, string? Error);
}
