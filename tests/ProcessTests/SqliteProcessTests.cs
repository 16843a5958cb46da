using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>One node that stores its streams in an SQLite file.</summary>
[Category(TestCategories.Long)]
internal sealed class SqliteProcessTests : ProcessTest
{
    [Test]
    public async Task Kill_AtRandomTimes_EveryTextContinues()
    {
        const int rounds = 20;
        await using var sources = await CreateSourcesAsync();
        var node = SqliteNode(sources.Settings);
        await node.StartAsync();
        var client = new StreamClient(() => node.Address);
        var all = new ViewerSummary();
        for (var round = 1; round <= rounds; round++)
        {
            var streams = ContinuedRound.Start(client, sources, ofEach: 5, viewers: 5, Random);
            await PassRandomly(3000);
            await node.KillAsync();
            if (round % 4 == 0)
            {
                // A second kill during the start, when the node takes over streams.
                await node.LaunchAsync();
                await PassRandomly(1000);
                await node.KillAsync();
            }
            await node.StartAsync();
            all.Add(await streams.CheckAsync());
        }
        await TestContext.Out.WriteLineAsync($"{rounds} rounds: {all}");
        Assert.That(all.Resumes, Is.Positive, "number of resumes");
    }

    [Test]
    public async Task Terminate_AtRandomTimes_EveryTextContinuesInTheNextProcess()
    {
        await using var sources = await CreateSourcesAsync();
        var node = SqliteNode(sources.Settings);
        await node.StartAsync();
        var streams = ContinuedRound.Start(new StreamClient(() => node.Address), sources, ofEach: 5, viewers: 5, Random);
        // More often than a generation may be taken over from nodes that died.
        for (var restart = 0; restart < 5; restart++)
        {
            await PassRandomly(800);
            Assert.That(await node.TerminateAsync(), Is.Zero);
            await node.StartAsync();
        }
        await TestContext.Out.WriteLineAsync($"{await streams.CheckAsync()}");
    }

    [Test]
    public async Task Kill_WithoutKeptRequests_LosesNoReceivedEvent()
    {
        var node = SqliteNode(new() { ["Streams__KeepRequests"] = "false" });
        await node.StartAsync();
        var client = new StreamClient(() => node.Address);
        var viewers = ViewerGroup.Start(client, streams: 20, viewers: 5, pace: 10, () => Random(20, 150));
        await Eventually.Happens(() => viewers.Viewers.Count(viewer => viewer.Count > 5) > 50, "viewers received events");
        await node.KillAsync();
        await node.StartAsync();
        var all = await viewers.CheckAsync("completed", "failed");
        Assert.That(all.Count("failed"), Is.Positive, "number of generations that a kill interrupted");
    }

    /// <summary>A model costs money: it is asked again only for a viewer, and then only for the rest.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public async Task Kill_AModelIsAskedAgainOnlyForAViewer(bool hasViewer)
    {
        await using var sources = await CreateSourcesAsync();
        var node = SqliteNode(new(sources.Settings) { ["Streams__Grace"] = "00:00:02" });
        await node.StartAsync();
        var client = new StreamClient(() => node.Address);
        var stream = await client.StartAsync(new { source = "model", prompt = "A prompt", onDisconnect = "stop" });
        var viewer = client.View(stream);
        viewer.LeavesAfter = 20;
        await viewer.WatchAsync();
        await node.KillAsync();
        await node.StartAsync();

        if (hasViewer)
        {
            viewer.LeavesAfter = int.MaxValue;
            await viewer.WatchAsync();
            await ViewerGroup.CheckAsync(client, [viewer], "completed");
            Assert.That(sources.Model.Requests, Has.Count.EqualTo(2));
            Assert.That(sources.Model.Requests[1].Prefix, Is.Not.Empty);
            Assert.That(viewer.Passage, Does.StartWith(sources.Model.Requests[1].Prefix));
            return;
        }
        await Eventually.Happens(async () => (await client.GetStateAsync(stream)).GetProperty("status").GetString() == "stopped", "the grace elapsed");
        Assert.That((await client.GetStateAsync(stream)).GetProperty("reason").GetString(), Is.EqualTo("abandoned"));
        Assert.That(sources.Model.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Terminate_WithOpenViewers_ClosesTheirStreamsAndExitsCleanly()
    {
        var node = SqliteNode(new() { ["Streams__KeepRequests"] = "false" });
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

    private async Task<SourcesThatContinue> CreateSourcesAsync()
    {
        var rows = SqliteFactory.Instance.CreateDataSource($"Data Source={Path.Combine(Folder, "rows.db")}");
        await using (var command = rows.CreateCommand("PRAGMA journal_mode = wal"))
            await command.ExecuteNonQueryAsync();
        var sources = new SourcesThatContinue(Folder, "Sqlite", rows);
        await sources.CreateTableAsync();
        return sources;
    }
}
