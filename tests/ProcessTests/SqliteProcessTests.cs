using System.Diagnostics;

namespace SseStreaming.ProcessTests;

/// <summary>One node that stores its streams in an SQLite file.</summary>
[Category(TestCategories.Long)]
internal sealed class SqliteProcessTests : ProcessTest
{
    [Test]
    public async Task Kill_AtRandomTimes_LosesNoReceivedEvent()
    {
        const int rounds = 20;
        var node = SqliteNode();
        await node.StartAsync();
        var client = new StreamClient(() => node.Address);
        var all = new ViewerSummary();
        for (var round = 1; round <= rounds; round++)
        {
            var viewers = ViewerGroup.Start(client, streams: 20, viewers: 5, pace: 10, () => Random(20, 150));
            await PassRandomly(1800);
            await node.KillAsync();
            if (round % 4 == 0)
            {
                // A second kill during the start, when the node closes open streams.
                await node.LaunchAsync();
                await PassRandomly(1000);
                await node.KillAsync();
            }
            await node.StartAsync();
            all.Add(await viewers.CheckAsync("completed", "failed"));
        }
        await TestContext.Out.WriteLineAsync($"{rounds} rounds: {all}");
        Assert.That(all.Count("failed"), Is.Positive, "number of generations that a kill interrupted");
        Assert.That(all.Count("completed"), Is.Positive, "number of completed generations");
    }

    [Test]
    public async Task Terminate_WithOpenViewers_ClosesTheirStreamsAndExitsCleanly()
    {
        var node = SqliteNode();
        await node.StartAsync();
        var client = new StreamClient(() => node.Address);
        var stream = await client.StartAsync(words: 100_000, pace: 10);
        var viewers = Enumerable.Range(0, 20).Select(_ => client.View(stream)).ToList();
        var watching = Task.WhenAll(viewers.Select(viewer => viewer.WatchAsync()));
        await Eventually.Happens(() => viewers.TrueForAll(viewer => viewer.Count > 20), "all viewers received events");

        var begun = Stopwatch.StartNew();
        Assert.That(await node.TerminateAsync(), Is.Zero);
        await TestContext.Out.WriteLineAsync($"ended {begun.ElapsedMilliseconds} ms after SIGTERM");

        await node.StartAsync();
        await watching;
        await ViewerGroup.CheckAsync(client, viewers, "failed");
    }
}
