using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>One of two nodes is terminated under load.</summary>
[Category(TestCategories.Long)]
internal sealed class DrainTests : PostgreSqlTest
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(10);

    /// <summary>Time that the host has for the rest of the shutdown.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);

    private volatile ServerNode _balanced = null!;

    protected override Dictionary<string, string> Settings => new()
    {
        // What can't be handed over is drained.
        ["Streams__KeepRequests"] = "false",
        ["Streams__DrainTime"] = DrainTime.ToString(),
        ["Streams__DrainSpread"] = Spread.ToString(),
        // Shorter than the time that some redirected viewers need to reconnect.
        ["Streams__Grace"] = (Spread * 0.7).ToString(),
    };

    /// <summary>A client that changes to the other node, as behind a load balancer that detects the drain.</summary>
    private StreamClient Client => new(() => _balanced.Address);

    [SetUp]
    public async Task Start()
    {
        await StartNodesAsync();
        _balanced = First;
    }

    [Test]
    public async Task Terminate_With2000ViewersAnd200Generations_LosesNothing()
    {
        var client = Client;
        var longer = ViewerGroup.Start(client, streams: 100, viewers: 10, pace: 500, () => 100_000);
        await Eventually.Happens(() => longer.Viewers.Count(viewer => viewer.Count > 1) == 1_000, "all viewers received events");
        var shorter = ViewerGroup.Start(client, streams: 100, viewers: 10, pace: 500, () => 30);
        await Eventually.Happens(() => shorter.Viewers.Count(viewer => viewer.Count > 1) == 1_000, "all viewers received events");

        var begun = Stopwatch.StartNew();
        var ending = First.TerminateAsync();
        await Eventually.Happens(async () => await First.ReadyAsync() is HttpStatusCode.ServiceUnavailable, "the node reported that it is not ready");
        var ready = begun.Elapsed;
        _balanced = Second;
        Assert.That(shorter.Viewers.Count(viewer => viewer.Count < 32), Is.EqualTo(1_000), "the node was terminated before these generations completed");
        await RefusesToStartAsync();
        // Stop requests still reach the node while it drains.
        var stopped = longer.Viewers.First().Stream;
        await client.StopAsync(stopped);

        Assert.That(await ending, Is.Zero);
        var ended = begun.Elapsed;

        var all = await shorter.CheckAsync("completed");
        all.Add(await longer.CheckAsync("failed", "stopped"));
        var waits = longer.Viewers.Concat(shorter.Viewers).Select(viewer => viewer.Waits[0].TotalMilliseconds).ToList();
        await TestContext.Out.WriteLineAsync(
            $"not ready after {ready.TotalMilliseconds:0} ms, ended after {ended.TotalSeconds:0.0} s; {all}; reconnect waits requested by the node: {new Figures(waits)}");
        Assert.That(ended, Is.InRange(DrainTime, DrainTime + StopTime));
        Assert.That((all.Count("completed"), all.Count("stopped"), all.Count("failed")), Is.EqualTo((100, 1, 99)));
        Assert.That(waits, Is.All.InRange(2_500, 10_000));
        Assert.That(waits.CountBy(wait => (int)(wait / 500)).Select(interval => interval.Value), Is.All.LessThan(250), "number of viewers in each interval of 500 ms; an even distribution has 133");
    }

    private async Task RefusesToStartAsync()
    {
        // A separate connection, because the node closes the connections of redirected viewers.
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(new Uri(First.Address, "/streams"), new { words = 1 });
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(answer.Headers.RetryAfter?.Delta, Is.InRange(TimeSpan.FromSeconds(3), Spread));
        Assert.That((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString(), Does.EndWith(":stopping"));
    }
}
