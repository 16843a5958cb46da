namespace SseStreaming.EnduranceTests.External;

/// <summary>
/// Many producers that retry at random write one stream, many viewers read it, and the server is killed: 100 producers and 200 viewers in CI
/// (<c>CI=true</c>), a quarter of each otherwise.
/// </summary>
[TestFixture("Sqlite")]
[TestFixture("PostgreSql")]
[Category(TestCategories.Long)]
internal sealed class ExternalStressTests(string store) : ProcessTest
{
    private static readonly int Factor = Environment.GetEnvironmentVariable("CI") == "true" ? 4 : 1;

    private PostgreSqlServer? _database;

    [OneTimeSetUp]
    public async Task StartDatabase()
    {
        if (store == "PostgreSql")
            _database = await PostgreSqlServer.RequireAsync();
    }

    [OneTimeTearDown]
    public async Task StopDatabase()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task EveryAppend_IsStoredOnce_InOrder_AndNoViewerSeesAGap()
    {
        var (producers, viewers, appends) = (25 * Factor, 50 * Factor, 50);
        var node = Node("node", new()
        {
            ["Store"] = store,
            ["DataFolder"] = Path.Combine(Folder, "data"),
            ["ConnectionStrings__PostgreSql"] = _database is null ? "" : await _database.CreateDatabaseAsync(),
            ["Streams__Lease"] = "00:00:02",
            ["Serilog__MinimumLevel__Default"] = "Information",
        });
        await node.StartAsync();
        var client = new StreamClient(() => node.Address);
        var stream = await ExternalProducer.CreateAsync(client);
        var watchers = Enumerable.Range(0, viewers).Select(_ => client.View(stream)).ToList();
        var watching = Task.WhenAll(watchers.Select(viewer => viewer.WatchAsync()));
        var writers = Enumerable.Range(0, producers).Select(i => new ExternalProducer(client.Http, $"p{i}", () => node.Address)).ToList();
        var appending = Task.WhenAll(writers.Select(writer => writer.AppendAsync(stream, appends, below => Random(0, below))));
        for (var kill = 0; kill < 3; kill++)
        {
            await PassRandomly(1500);
            await node.KillAsync();
            await node.StartAsync();
        }
        await appending;
        await client.StopAsync(stream);

        await watching;
        await ViewerGroup.CheckAsync(client, watchers, "stopped");
        ExternalProducer.Check(await client.GetTextAsync(stream), producers, appends);
        Assert.That(writers.Sum(writer => writer.Repeats), Is.Positive, "repeats of appends that were stored");
        await TestContext.Out.WriteLineAsync($"{producers} producers, {viewers} viewers, {writers.Sum(writer => writer.Repeats)} repeats");
    }
}
