using System.Diagnostics;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>A node without generations ends immediately; its viewers reconnect to the other node afterwards.</summary>
[Category(TestCategories.Long)]
internal sealed class IdleNodeTests : PostgreSqlTest
{
    protected override Dictionary<string, string> Settings => new()
    {
        ["Streams__DrainTime"] = "00:01:00",
        ["Streams__DrainSpread"] = "00:00:10",
        // Shorter than most redirected viewers need to reconnect. A loaded machine may need seconds until the other node is notified of a new viewer.
        ["Streams__Grace"] = "00:00:05",
    };

    [Test]
    public async Task Terminate_EndsImmediately_AndStopsNoGenerationOnTheOtherNode()
    {
        await StartNodesAsync();
        var second = new StreamClient(() => Second.Address);
        var balanced = First;
        var client = new StreamClient(() => Volatile.Read(ref balanced).Address);
        var viewers = ViewerGroup.Start(second, client.View, streams: 20, viewers: 1, pace: 100, () => 300);
        await Eventually.Happens(() => viewers.Viewers.Count(viewer => viewer.Count > 1) == 20, "all viewers received events");

        Assert.That(viewers.Viewers.Where(viewer => viewer.HasEnded), Is.Empty, "viewers whose generation was stopped before the other node was notified of them");

        var begun = Stopwatch.StartNew();
        var ending = First.TerminateAsync();
        Volatile.Write(ref balanced, Second);
        Assert.That(await ending, Is.Zero);
        var ended = begun.Elapsed;

        var all = await viewers.CheckAsync("completed");
        await TestContext.Out.WriteLineAsync($"ended after {ended.TotalMilliseconds:0} ms; {all}");
        Assert.That(ended, Is.LessThan(TimeSpan.FromSeconds(5)));
        Assert.That(viewers.Viewers.Count(viewer => viewer.Waits[0] > TimeSpan.FromSeconds(5)), Is.Positive, "number of viewers that were disconnected for longer than the grace period");
    }
}
