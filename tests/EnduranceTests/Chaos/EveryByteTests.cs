using SseStreaming.EnduranceTests.Testing;

namespace SseStreaming.EnduranceTests.Chaos;

/// <summary>The connection breaks at every single byte of a response's beginning: in its headers, its frames and its characters.</summary>
internal sealed class EveryByteTests(string store) : ChaosTest(store)
{
    /// <summary>More than the whole response has.</summary>
    private const int Bytes = 1300;

    /// <summary>Here at the latest comes the terminal event, after which nobody asks for more.</summary>
    private const int Beginning = 1024;

    [TestCase(NetworkFaultKind.Close)]
    [TestCase(NetworkFaultKind.Reset)]
    [TestCase(NetworkFaultKind.Silence)]
    public async Task Response_BrokenAtEachByte_IsResumedWhole(NetworkFaultKind kind)
    {
        var stream = await Client.StartAsync(Document(Texts.Short));
        var reference = Client.View(stream);
        await reference.WatchAsync();

        var resumed = 0;
        await ForEachAsync(Enumerable.Range(0, Bytes), async at =>
        {
            await using var network = new FaultyNetwork(Server.Address, (number, _) => number == 0 ? BreaksAt(kind, at) : NetworkConditions.None);
            var viewer = View(stream, network);
            await viewer.WatchAsync();

            if (at < Beginning)
                Assert.That(network.Connections, Is.GreaterThan(1), $"the response has no byte {at} to break at");
            Assert.That(viewer.Seen.Select(Said), Is.EqualTo(reference.Seen.Select(Said)), $"broken at byte {at}");
            if (viewer.Responses > 1)
                Interlocked.Increment(ref resumed);
        });

        await ViewerGroup.CheckAsync(Client, [reference], "completed");
        await TestContext.Out.WriteLineAsync($"{Bytes} breaks, of which {resumed} after the headers");
        Assert.That(resumed, Is.InRange(Beginning / 2, Bytes / 5 * 4));
        await CheckLogAsync();
    }

    private static NetworkConditions BreaksAt(NetworkFaultKind kind, int at) => new() { Fault = new NetworkFault(kind, at) };

    private static (long, string, string) Said(SeenEvent item) => (item.Sequence, item.Type, item.Data);
}
