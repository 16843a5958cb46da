namespace SseStreaming.EnduranceTests.Soak;

/// <summary>
/// Many viewers use one server for a long time while its store restarts. No viewer loses, repeats or reorders an event; no
/// exception is unobserved; the resource usage of the server does not grow.
/// </summary>
[Category(TestCategories.Long)]
internal sealed class SoakTests : ProcessTest
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(2);

    private readonly SoakSize _size = SoakSize.FromEnvironment();

    /// <summary>Retention and memory for recent events are small enough to reach their limits before the warm-up ends.</summary>
    protected override Dictionary<string, string> Settings => new()
    {
        ["Streams__Retention"] = "00:00:45",
        ["Streams__HotTailBytes"] = "4194304",
        ["Streams__Grace"] = "00:00:05",
        ["Sse__Heartbeat"] = "00:00:01",
        // Verbose logging would affect the measurement.
        ["Serilog__MinimumLevel__Default"] = "Information",
    };

    /// <summary>SQLite runs in the server process, so the server is killed and started again.</summary>
    [Test]
    public async Task Sqlite_ServerIsKilledDuringTheRun()
    {
        var server = SqliteNode();
        await server.StartAsync();
        await using var soak = new SoakRun(server, _size, Random(0, int.MaxValue));
        await soak.PassAsync(0.2);
        await server.KillAsync();
        await server.StartAsync();
        await soak.WatchAsync(warmUp: 0.35);
        await soak.EndAsync();
        Assert.That(soak.Census.Count("failed"), Is.Zero, "generations continue in the next process");
    }

    /// <summary>The database is shut down and restarted, and later killed and restarted.</summary>
    [Test]
    public async Task PostgreSql_DatabaseIsRestartedDuringTheRun()
    {
        await using var database = await PostgreSqlServer.RequireAsync();
        if (!database.IsOwn)
            Assert.Ignore("The tests did not start this PostgreSQL, and must not stop it.");
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
        Assert.That(soak.Census.Count("failed"), Is.Zero, "generations wait for the database");
    }
}
