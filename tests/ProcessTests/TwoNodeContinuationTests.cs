using System.Diagnostics;
using Npgsql;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>Two nodes that share one PostgreSQL: what one of them can't finish, the other one continues.</summary>
[Category(TestCategories.Long)]
internal sealed class TwoNodeContinuationTests : PostgreSqlTest
{
    private SourcesThatContinue _sources = null!;

    protected override TimeSpan Lease => TimeSpan.FromSeconds(2);

    /// <summary>The drain time is longer than all texts, so a drain that waits for them is noticed.</summary>
    protected override Dictionary<string, string> Settings => new() { ["Streams__DrainTime"] = "00:01:00", ["Streams__DrainSpread"] = "00:00:02" };

    [TearDown]
    public async Task DisposeSources() => await _sources.DisposeAsync();

    protected override async Task<Dictionary<string, string>> CreateSettingsAsync()
    {
        _sources = new SourcesThatContinue(Folder, "PostgreSql", NpgsqlDataSource.Create(await Server.CreateDatabaseAsync()));
        await _sources.CreateTableAsync();
        return _sources.Settings;
    }

    [Test]
    public async Task Kill_AtRandomTimes_EveryTextContinues()
    {
        const int rounds = 20;
        await StartNodesAsync();
        var client = AskEither();
        var all = new ViewerSummary();
        for (var round = 1; round <= rounds; round++)
        {
            var streams = ContinuedRound.Start(client, _sources, ofEach: 5, viewers: 5, Random);
            await PassRandomly(3000);
            var victim = Nodes[Random(0, 2)];
            await victim.KillAsync();
            // The other node takes the streams, or this one if it is back earlier.
            var restarted = victim.StartAsync();
            all.Add(await streams.CheckAsync());
            await restarted;
        }
        await TestContext.Out.WriteLineAsync($"{rounds} rounds: {all}");
        Assert.That(all.Resumes, Is.Positive, "number of resumes");
    }

    [Test]
    public async Task Suspended_LongerThanItsLease_IsFencedAfterResume()
    {
        await StartNodesAsync();
        var client = AskEither();
        var streams = ContinuedRound.Start(client, _sources, ofEach: 3, viewers: 2, Random);
        await Eventually.Happens(() => _sources.Model.Requests.Count == 3, "the generations run");
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);

        await First.SuspendAsync();
        await Task.Delay(Lease * 2.5, TimeProvider.System);
        await First.ResumeAsync();

        await TestContext.Out.WriteLineAsync($"{await streams.CheckAsync()}");
    }

    [Test]
    public async Task RollingRestart_BehindNginx_NoTextEndsEarly()
    {
        Nginx.Require();
        await StartNodesAsync();
        var nginx = Own(await Nginx.StartAsync(Folder, First, Second));
        var client = new StreamClient(() => nginx.Address);
        var all = new ViewerSummary();
        for (var restart = 0; restart < 3; restart++)
        {
            foreach (var node in Nodes)
            {
                var streams = ContinuedRound.Start(client, _sources, ofEach: 3, viewers: 4, Random, stream => new Viewer(client.Http, stream, () => nginx.Address) { WaitsForServer = true });
                await PassRandomly(1500);
                var begun = Stopwatch.StartNew();
                Assert.That(await node.TerminateAsync(), Is.Zero);
                await TestContext.Out.WriteLineAsync($"{node.Name} ended {begun.Elapsed.TotalSeconds:0.0} s after SIGTERM");
                Assert.That(begun.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)), "a node does not wait for what continues elsewhere");
                await node.StartAsync();
                all.Add(await streams.CheckAsync());
                var (pause, item) = await streams.GetLongestPauseAsync();
                await TestContext.Out.WriteLineAsync($"the longest pause of a viewer was {pause.TotalSeconds:0.0} s, before {item}");
            }
        }
        await TestContext.Out.WriteLineAsync($"{all}");
    }

    [Test]
    public async Task Stop_BetweenTheKillAndTheTakeOver_IsNotLost()
    {
        await StartNodesAsync();
        var stream = await new StreamClient(() => First.Address).StartAsync(words: 100_000, pace: 10);
        var other = new StreamClient(() => Second.Address);
        var viewer = other.View(stream);
        var watching = viewer.WatchAsync();
        await Eventually.Happens(() => viewer.Count > 20, "the viewer received events");

        await First.KillAsync();
        await other.StopAsync(stream);
        await watching;

        await ViewerGroup.CheckAsync(other, [viewer], "stopped");
    }
}
