using SseStreaming.EnduranceTests.Testing;

namespace SseStreaming.EnduranceTests.Chaos;

/// <summary>The connection breaks at each byte of the start of a response: in its headers, its frames and its characters.</summary>
internal sealed class EveryByteTests(string store) : ChaosTest(store)
{
    /// <summary>Longer than the whole response.</summary>
    private const int Bytes = 1300;

    /// <summary>A break before this byte precedes the end of the terminal event, so the viewer must connect again.</summary>
    private const int Beginning = 1024;

    [TestCase(NetworkFaultKind.Close)]
    [TestCase(NetworkFaultKind.Reset)]
    [TestCase(NetworkFaultKind.Silence)]
    public async Task Response_BrokenAtEachByte_IsResumedWithoutLoss(NetworkFaultKind kind)
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
                Assert.That(network.Connections, Is.GreaterThan(1), $"the response ended before byte {at}");
            Assert.That(viewer.Seen.Select(Content), Is.EqualTo(reference.Seen.Select(Content)), $"broken at byte {at}");
            if (viewer.Responses > 1)
                Interlocked.Increment(ref resumed);
        });

        await ViewerGroup.CheckAsync(Client, [reference], "completed");
        await TestContext.Out.WriteLineAsync($"{Bytes} breaks, of which {resumed} after the headers");
        Assert.That(resumed, Is.InRange(Beginning / 2, Bytes / 5 * 4));
        await CheckLogAsync();
    }

    private static NetworkConditions BreaksAt(NetworkFaultKind kind, int at) => new() { Fault = new NetworkFault(kind, at) };

    private static (long, string, string) Content(SeenEvent item) => (item.Sequence, item.Type, item.Data);
}
