using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace SseStreaming.ProcessTests;

/// <summary>The primary of two PostgreSQL servers is killed during running generations, and its synchronous standby is promoted.</summary>
[Category(TestCategories.Long)]
internal sealed class DatabaseFailoverTests : ProcessTest
{
    private const int Streams = 10;
    private const int Viewers = 3;
    private const int Words = 300;
    private const int Pace = 50;

    /// <summary>The goal is 3 s; the rest allows for a loaded machine.</summary>
    private static readonly TimeSpan MaxAddedPause = TimeSpan.FromSeconds(10);

    [Test]
    public async Task PrimaryKilled_StandbyPromoted_AllStreamsComplete_AndTheLogIsQuiet()
    {
        var primary = Own(await PostgreSqlServer.RequireAsync());
        if (!primary.IsOwn)
            Assert.Ignore("The tests can't stop the configured PostgreSQL server.");
        var database = new NpgsqlConnectionStringBuilder(await primary.CreateDatabaseAsync()).Database;
        var standby = Own(await primary.CreateStandbyAsync());
        var connectionString = new NpgsqlConnectionStringBuilder(standby.ConnectionString) { Database = database }.ConnectionString;
        ServerNode[] nodes = [CreateNode("first", connectionString), CreateNode("second", connectionString)];
        await Task.WhenAll(nodes.Select(node => node.StartAsync()));
        var either = new StreamClient(() => nodes[Random(0, 2)].Address);
        var group = ViewerGroup.Start(either, Streams, Viewers, Pace, () => Words);
        await Eventually.Happens(() => group.Viewers.Count() == Streams * Viewers && group.Viewers.All(viewer => viewer.Count > 10), "all viewers received events");

        var earlier = Array.ConvertAll(nodes, node => GetLines(node).Length - 1);
        var killed = Stopwatch.GetTimestamp();
        await primary.KillAsync();
        Assert.That(group.Viewers.All(viewer => viewer.Count < Words), Is.True, "the primary was killed before the generations completed");
        await standby.PromoteAsync();
        var promotion = Stopwatch.GetElapsedTime(killed);

        var summary = await group.CheckAsync("completed");
        Assert.That(group.Viewers.Select(viewer => viewer.Count), Is.All.EqualTo(Words + 2));
        var pause = group.Viewers.Max(GetLongestPause);
        await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{summary}; promotion {promotion.TotalSeconds:0.00} s, longest pause of a viewer {pause.TotalSeconds:0.00} s"));

        await ViewAcrossNodesAsync(nodes[0], nodes[1]);
        await ViewAcrossNodesAsync(nodes[1], nodes[0]);
        foreach (var (node, skipped) in nodes.Zip(earlier))
        {
            await Eventually.Happens(() => GetLines(node).Any(line => line.Contains("The store is available again", StringComparison.Ordinal)), "the end of the outage is logged");
            CheckLog(GetLines(node)[skipped..], pause);
        }
        Assert.That(pause, Is.LessThan(promotion + MaxAddedPause));
    }

    /// <summary>A stream that is started on one node is seen live through the other one.</summary>
    private static async Task ViewAcrossNodesAsync(ServerNode starting, ServerNode viewing)
    {
        var client = new StreamClient(() => viewing.Address);
        var viewer = client.View(await new StreamClient(() => starting.Address).StartAsync(words: 100_000, pace: 20));
        var watching = viewer.WatchAsync();
        await Eventually.Happens(() => viewer.Count > 50, "a viewer on the other node receives events");
        await client.StopAsync(viewer.Stream);
        await watching;
        await ViewerGroup.CheckAsync(client, [viewer], "stopped");
    }

    private static void CheckLog(IReadOnlyList<string> lines, TimeSpan outage)
    {
        var faults = lines.Where(line => line.Contains(" WRN] ", StringComparison.Ordinal) || line.Contains(" ERR] ", StringComparison.Ordinal)).ToList();
        Assert.That(faults, Is.Not.Empty.And.All.Contains("The store is unavailable"));
        Assert.That(faults, Has.Count.LessThanOrEqualTo(outage.TotalSeconds + 3), "one line a second");
        Assert.That(lines, Has.None.StartsWith("   at "), "a stack trace");
    }

    private static TimeSpan GetLongestPause(Viewer viewer) =>
        viewer.Seen.Zip(viewer.Seen.Skip(1), (earlier, later) => Stopwatch.GetElapsedTime(earlier.At, later.At)).Max();

    private static string[] GetLines(ServerNode node)
    {
        using var log = new StreamReader(new FileStream(node.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return log.ReadToEnd().Split('\n');
    }

    private ServerNode CreateNode(string name, string connectionString) => Node(name, new(Settings)
    {
        ["Store"] = "PostgreSql",
        ["ConnectionStrings__PostgreSql"] = connectionString,
    });
}
