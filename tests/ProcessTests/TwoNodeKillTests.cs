using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>Two nodes that share one PostgreSQL; one of them is killed or suspended.</summary>
[Category(TestCategories.Long)]
internal sealed class TwoNodeKillTests : PostgreSqlTest
{
    protected override TimeSpan Lease => TimeSpan.FromSeconds(2);

    /// <summary>Nothing continues.</summary>
    protected override Dictionary<string, string> Settings => new() { ["Streams__KeepRequests"] = "false" };

    [Test]
    public async Task Kill_AtRandomTimes_LosesNoReceivedEvent()
    {
        const int rounds = 5;
        await StartNodesAsync();
        var client = AskEither();
        var all = new ViewerSummary();
        for (var round = 1; round <= rounds; round++)
        {
            var viewers = ViewerGroup.Start(client, streams: 20, viewers: 5, pace: 10, () => Random(20, 150));
            await PassRandomly(1800);
            var victim = Nodes[Random(0, 2)];
            await victim.KillAsync();
            // Open streams are closed by the other node, or by this one if it restarts earlier.
            var restarted = victim.StartAsync();
            all.Add(await viewers.CheckAsync("completed", "failed"));
            await restarted;
        }
        await TestContext.Out.WriteLineAsync($"{rounds} rounds: {all}");
        Assert.That(all.Count("failed"), Is.Positive, "number of generations that a kill interrupted");
        Assert.That(all.Count("completed"), Is.Positive, "number of completed generations");
    }

    [Test]
    public async Task Kill_WithoutRestart_IsClosedByTheOtherNode()
    {
        await StartNodesAsync();
        var stream = await new StreamClient(() => First.Address).StartAsync(words: 100_000, pace: 10);
        var other = new StreamClient(() => Second.Address);
        var viewer = other.View(stream);
        var watching = viewer.WatchAsync();
        await Eventually.Happens(() => viewer.Count > 20, "the viewer received events");

        await First.KillAsync();
        var killed = TimeProvider.System.GetTimestamp();
        await watching;
        await TestContext.Out.WriteLineAsync(
            $"closed {TimeProvider.System.GetElapsedTime(killed, viewer.Ending.At).TotalSeconds:0.0} s after the kill; the lease is {Lease.TotalSeconds} s");
        await ViewerGroup.CheckAsync(other, [viewer], "failed");
    }

    /// <param name="pace">With a long pace the node does not attempt to append after it has resumed.</param>
    [TestCase(5)]
    [TestCase(60_000)]
    public async Task Suspended_LongerThanItsLease_CannotContinueAfterResume(int pace)
    {
        await StartNodesAsync();
        var first = new StreamClient(() => First.Address);
        var second = new StreamClient(() => Second.Address);
        var streams = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => first.StartAsync(words: 100_000, pace)));
        var viewers = streams.SelectMany(stream => (Viewer[])[first.View(stream), second.View(stream)]).ToList();
        var watching = viewers.ConvertAll(viewer => viewer.WatchAsync());
        await Eventually.Happens(() => viewers.TrueForAll(viewer => viewer.Count > 1), "all viewers received events");

        await First.SuspendAsync();
        // The viewers of the second node receive the terminal event first; those of the resumed node must receive the same one.
        await Task.WhenAll(watching.Where((_, i) => i % 2 == 1));
        await First.ResumeAsync();
        var resumed = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(watching);
        await TestContext.Out.WriteLineAsync($"all viewers received the terminal event {TimeProvider.System.GetElapsedTime(resumed).TotalSeconds:0.0} s after the node was resumed");
        foreach (var pair in viewers.Chunk(2))
        {
            await ViewerGroup.CheckAsync(first, pair, "failed");
            await ViewerGroup.CheckAsync(second, pair, "failed");
        }
    }
}
