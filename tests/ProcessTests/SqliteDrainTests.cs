using System.Diagnostics;
using System.Net;

namespace SseStreaming.ProcessTests;

/// <summary>The only node is terminated during generations.</summary>
[Category(TestCategories.Long)]
internal sealed class SqliteDrainTests : ProcessTest
{
    protected override Dictionary<string, string> Settings => new()
    {
        // Nothing continues in the next process.
        ["Streams__KeepRequests"] = "false",
        ["Streams__DrainTime"] = "00:00:50",
    };

    [Test]
    public async Task Terminate_ServesReconnectingViewers_UntilGenerationsComplete()
    {
        var node = SqliteNode();
        await node.StartAsync();
        var client = new StreamClient(() => node.Address);
        var viewers = ViewerGroup.Start(client, stream => new Viewer(client.Http, stream, () => node.Address) { Cut = () => Random(5, 30) },
            streams: 10, viewers: 5, pace: 50, () => Random(150, 200));
        await Eventually.Happens(() => viewers.Viewers.Count(viewer => viewer.Count > 1) == 50, "all viewers received events");

        var begun = Stopwatch.StartNew();
        Assert.That(await node.TerminateAsync(), Is.Zero);
        await TestContext.Out.WriteLineAsync($"ended after {begun.Elapsed.TotalSeconds:0.0} s");
        Assert.That(begun.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)), "the node ended when its generations had completed");

        // Viewers that were not connected when the node ended receive the rest from the next process.
        await node.StartAsync();
        var all = await viewers.CheckAsync("completed");
        await TestContext.Out.WriteLineAsync($"{all}");
    }

    [TestCase("TERM")]
    [TestCase("INT")]
    public async Task SecondSignal_EndsImmediately_AndCleanly(string signal)
    {
        var node = SqliteNode();
        await node.StartAsync();
        var client = new StreamClient(() => node.Address);
        var stream = await client.StartAsync(words: 100_000, pace: 10);
        var viewers = Enumerable.Range(0, 20).Select(_ => client.View(stream)).ToList();
        var watching = Task.WhenAll(viewers.Select(viewer => viewer.WatchAsync()));
        await Eventually.Happens(() => viewers.TrueForAll(viewer => viewer.Count > 20), "all viewers received events");

        var ending = node.TerminateAsync();
        await Eventually.Happens(async () => await node.ReadyAsync() is HttpStatusCode.ServiceUnavailable, "the node reported that it is not ready");
        var seen = viewers.ConvertAll(viewer => viewer.Count);
        await Eventually.Happens(() => viewers.Zip(seen).All(pair => pair.First.Count > pair.Second + 50), "all viewers received more events");
        Assert.That(ending.IsCompleted, Is.False);

        var begun = Stopwatch.StartNew();
        Assert.That(await node.TerminateAsync(signal), Is.Zero);
        await TestContext.Out.WriteLineAsync($"ended {begun.ElapsedMilliseconds} ms after the second signal");
        Assert.That(await ending, Is.Zero);
        Assert.That(begun.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));

        await node.StartAsync();
        await watching;
        await ViewerGroup.CheckAsync(client, viewers, "failed");
    }
}
