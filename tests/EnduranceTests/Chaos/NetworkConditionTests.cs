using SseStreaming.EnduranceTests.Testing;

namespace SseStreaming.EnduranceTests.Chaos;

/// <summary>Viewers receive streams during generation over a bad network.</summary>
internal sealed class NetworkConditionTests(string store) : ChaosTest(store)
{
    [Test]
    public async Task EachConditionAlone_EveryPassageArrivesComplete() =>
        await Task.WhenAll(NetworkConditionSets.Alone.Select(async kind =>
        {
            await using var network = new FaultyNetwork(Server.Address, (_, random) => kind.Value(random), Random(0, int.MaxValue));
            await WatchAsync(kind.Key, network, streams: 4);
            if (kind.Key is "closed" or "reset" or "silent")
                Assert.That(network.Faults, Is.GreaterThan(8), kind.Key);
        }));

    [Test]
    public async Task MixedConditions_EveryPassageArrivesComplete()
    {
        await using var network = new FaultyNetwork(Server.Address, (_, random) => NetworkConditionSets.Mixed(random), Random(0, int.MaxValue));
        await WatchAsync("mixed", network, streams: 60);
        Assert.That(network.Faults, Is.GreaterThan(100));
        await CheckLogAsync();
    }

    /// <summary>Phases: no faults, silence, single bytes, reset of all connections, close of all connections, no faults.</summary>
    [Test]
    public async Task ConditionsThatChangeOnOpenConnections_EveryPassageArrivesComplete()
    {
        await using var network = new FaultyNetwork(Server.Address, (_, _) => NetworkConditions.None);
        var viewers = new List<Viewer>();
        for (var i = 0; i < 30; i++)
            viewers.Add(View(await Client.StartAsync(Document(Texts.Long, pace: 60)), network));
        var watching = Task.WhenAll(viewers.Select(viewer => viewer.WatchAsync()));
        await AllReceiveMoreAsync("before the first fault");

        network.FailAll(NetworkFaultKind.Silence);
        await AllReceiveMoreAsync("after the silence");
        network.SetConditions(new NetworkConditions { PieceBytes = 1 });
        await AllReceiveMoreAsync("byte by byte");
        network.FailAll(NetworkFaultKind.Reset);
        await AllReceiveMoreAsync("after the reset");
        network.FailAll(NetworkFaultKind.Close);
        network.SetConditions(NetworkConditions.None);
        await watching;

        Assert.That(network.Faults, Is.GreaterThanOrEqualTo(60));
        foreach (var viewer in viewers)
            await ViewerGroup.CheckAsync(Client, [viewer], "completed");
        await CheckLogAsync();

        async Task AllReceiveMoreAsync(string when)
        {
            var before = viewers.ConvertAll(viewer => viewer.Count);
            await Eventually.Happens(() => viewers.Zip(before).All(pair => pair.First.Count > pair.Second || pair.First.HasEnded), $"all viewers received more events {when}");
        }
    }

    private async Task WatchAsync(string conditions, FaultyNetwork network, int streams)
    {
        var viewers = ViewerGroup.Start(Client, stream => View(stream, network), viewers: 3,
            Enumerable.Range(0, streams).Select(i => Document(Texts.Long, pace: 5 + (i % 10))));
        var all = await viewers.CheckAsync("completed");
        await TestContext.Out.WriteLineAsync($"{conditions}: {all}; {network.Connections} connections, of which {network.Faults} broke");
    }
}
