using System.Text;
using SseStreaming.Testing.Network;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.AiSdk;

/// <summary>A text that is cut off never looks whole to a client of the AI SDK.</summary>
[TestFixture(5)]
[TestFixture(6)]
[TestFixture(7)]
internal sealed class JavaScriptCutTests(int version)
{
    private AiSdkClient Endless => new(version) { Body = new { source = "lorem", words = 10_000, pace = 10 } };

    [TestCase(NetworkFaultKind.Close)]
    [TestCase(NetworkFaultKind.Reset)]
    public async Task Cut_AfterAnyByte_IsAnErrorOrTheWholeText(NetworkFaultKind kind)
    {
        const int requests = 220, step = 7;
        await using var server = RunningServer.Start();
        await using var network = new FaultyNetwork(
            server.Address, (number, _) => new NetworkConditions { Fault = new NetworkFault(kind, 1 + (number * step)) });
        var client = new AiSdkClient(version) { Body = new { source = "lorem", words = 5, pace = 1, onDisconnect = "continue" } };

        var seen = await client.SendAsync(network.Address, [.. Enumerable.Range(0, requests).Select(number => $"chat {number}")]);

        foreach (var each in seen.Where(each => each.StreamId is not null))
        {
            await Eventually.Happens(async () => (await server.StateAsync(each.Id)).Reason is not null, "the stream ended");
            var text = Encoding.UTF8.GetString(await server.TextAsync(each.Id));
            Assert.That(each.Text, each.Error is null ? Is.EqualTo(text) : Is.EqualTo(text[..each.Text.Length]));
        }
        Assert.That(seen.Where(each => each.StreamId is null).Select(each => each.Error), Is.All.Not.Null);
        // The positions reach from the first byte of the head to beyond the last chunk.
        Assert.That(seen.Count(each => each.StreamId is null), Is.GreaterThan(10));
        Assert.That(seen.Count(each => each.Error is not null && each.Text.Length > 0), Is.GreaterThan(10));
        Assert.That(seen.Count(each => each.Error is null), Is.GreaterThan(10));
    }

    [Test]
    public async Task Response_ThatReachesItsMaximumAge_IsAnError()
    {
        await using var server = RunningServer.Start(new() { ["Sse:MaxConnectionAge"] = "00:00:00.500" }, []);

        var seen = await Endless.SendAsync(server.Address, "old");

        Assert.That(seen.Error, Is.Not.Null);
        Assert.That(seen.Text, Is.Not.Empty);
    }

    [Test]
    public async Task Server_ThatStops_IsAnError()
    {
        await using var server = RunningServer.Start();
        var sending = Endless.SendAsync(server.Address, "stopping");
        await Eventually.Happens(() => server.Generations == 1, "the generation runs");

        await server.StopAsync();

        Assert.That((await sending).Error, Is.Not.Null);
    }
}
