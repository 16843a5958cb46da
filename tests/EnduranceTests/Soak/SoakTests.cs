namespace SseStreaming.EnduranceTests.Soak;

/// <summary>
/// Many viewers of one server for a long time, while its store restarts. No viewer loses, repeats or reorders an event; no
/// exception goes unobserved; what the server takes of its machine does not grow.
/// </summary>
[Category(TestCategories.Long)]
internal sealed class SoakTests : ProcessTest
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(2);

    private readonly SoakSize _size = SoakSize.FromEnvironment();

    /// <summary>So short a retention, and so little memory for recent events, that both are full before the warm-up is over.</summary>
    protected override Dictionary<string, string> Settings => new()
    {
        ["Streams__Retention"] = "00:00:45",
        ["Streams__HotTailBytes"] = "4194304",
        ["Streams__Grace"] = "00:00:05",
        ["Sse__Heartbeat"] = "00:00:01",
        // What is measured is the server, not its talking.
        ["Serilog__MinimumLevel__Default"] = "Information",
    };

    /// <summary>The store of SQLite ends with its process; so this one is killed, and another one goes on.</summary>
    [Test]
    public async Task Sqlite_ServerIsKilledMeanwhile()
    {
        var server = SqliteNode();
        await server.StartAsync();
        await using var soak = new SoakRun(server, _size, Random(0, int.MaxValue));
        await soak.PassAsync(0.2);
        await server.KillAsync();
        await server.StartAsync();
        await soak.WatchAsync(warmUp: 0.35);
        await soak.EndAsync();
        Assert.That(soak.Census.Count("failed"), Is.Positive, "the kill hit no generation");
    }

    /// <summary>The database is stopped under the server in order, and later as by a crash.</summary>
    [Test]
    public async Task PostgreSql_DatabaseIsRestartedMeanwhile()
    {
        await using var database = await PostgreSqlServer.RequireAsync();
        if (!database.IsOwn)
            Assert.Ignore("The PostgreSQL of these tests is not theirs to stop.");
        var server = Node("node", new(Settings) { ["Store"] = "PostgreSql", ["ConnectionStrings__PostgreSql"] = await database.CreateDatabaseAsync() });
        await server.StartAsync();
        await using var soak = new SoakRun(server, _size, Random(0, int.MaxValue));
        var watching = soak.WatchAsync(warmUp: 0.4);
        await soak.PassAsync(0.15);
        await database.StopAsync();
        await Task.Delay(Outage, TimeProvider.System);
        await database.StartAsync();
        await soak.PassAsync(0.65);
        await database.KillAsync();
        await database.StartAsync();
        await watching;
        await soak.EndAsync();
        Assert.That(soak.Census.Count("failed"), Is.Zero, "the generations waited for the database");
    }
}
