using SseStreaming.EnduranceTests.Testing;

namespace SseStreaming.EnduranceTests.Chaos;

/// <summary>A POST with an Idempotency-Key breaks at any byte and is repeated: one key never starts two generations.</summary>
internal sealed class StartTests(string store) : ChaosTest(store)
{
    /// <summary>Longer than the request, and longer than the response before its first events.</summary>
    private const int Bytes = 900;

    [TestCase(Direction.ToServer)]
    [TestCase(Direction.ToClient)]
    public async Task Start_BrokenAtEachByte_BeginsOneGeneration(Direction direction)
    {
        var streams = new List<string>();
        var connections = 0;
        await ForEachAsync(Enumerable.Range(0, Bytes), async at =>
        {
            var broken = new NetworkConditions { Fault = new NetworkFault((NetworkFaultKind)(at % 3), at, direction) };
            await using var network = new FaultyNetwork(Server.Address, (number, _) => number == 0 ? broken : NetworkConditions.None);
            var viewer = Start(Document(Texts.Short), $"key-{at}", network);
            await viewer.WatchAsync();
            await ViewerGroup.CheckAsync(Client, [viewer], "completed");
            lock (streams)
                streams.Add(viewer.Stream);
            Interlocked.Add(ref connections, network.Connections);
        });
        await CheckGenerationsAsync(streams);
        await TestContext.Out.WriteLineAsync($"{Bytes} keys over {connections} connections");
        Assert.That(connections, Is.GreaterThan(Bytes + 250), "most requests and responses are long enough to break");
    }

    /// <summary>Several clients send the same key concurrently over bad networks of all kinds: all of them receive the same stream.</summary>
    [Test]
    public async Task Start_SameKeyFromMany_BeginsOneGeneration()
    {
        var streams = new List<string>();
        await using var network = new FaultyNetwork(Server.Address, (_, random) => NetworkConditionSets.Mixed(random), Random(0, int.MaxValue));
        await ForEachAsync(Enumerable.Range(0, 60), async key =>
        {
            var viewers = Enumerable.Range(0, 4).Select(_ => Start(Document(Texts.Short), $"key-{key}", network)).ToList();
            await Task.WhenAll(viewers.Select(viewer => viewer.WatchAsync()));
            Assert.That(viewers.Select(viewer => viewer.Stream).Distinct().Count(), Is.EqualTo(1));
            await ViewerGroup.CheckAsync(Client, viewers, "completed");
            lock (streams)
                streams.Add(viewers[0].Stream);
        });
        await TestContext.Out.WriteLineAsync($"{network.Connections} connections, of which {network.Faults} broke");
        Assert.That(network.Faults, Is.GreaterThan(30));
        await CheckGenerationsAsync(streams);
    }

    /// <summary>Compares with the generations in the server's log, which include those that no viewer received.</summary>
    private async Task CheckGenerationsAsync(List<string> seen)
    {
        Assert.That(await Server.TerminateAsync(), Is.Zero);
        Assert.That(await ServerLog.EndedAsync(Server), Is.EquivalentTo(seen));
        await CheckLogAsync();
    }
}
