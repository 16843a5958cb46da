using SseStreaming.EnduranceTests.Testing;

namespace SseStreaming.EnduranceTests.Chaos;

/// <summary>A server behind a bad network, with one kind of store. Tests read the expected events from the server directly.</summary>
[TestFixture("Memory")]
[TestFixture("Sqlite")]
[TestFixture("PostgreSql")]
[Category(TestCategories.Long)]
internal abstract class ChaosTest(string store) : ProcessTest
{
    /// <summary>Well over the heartbeat interval, so that a late heartbeat does not count as silence.</summary>
    protected static readonly TimeSpan Watchdog = TimeSpan.FromMilliseconds(500);

    private PostgreSqlServer? _database;

    protected ServerNode Server { get; private set; } = null!;

    protected StreamClient Client { get; private set; } = null!;

    protected HttpClient Http => Client.Http;

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

    [SetUp]
    public async Task StartServer()
    {
        var documents = Path.Combine(Folder, "documents");
        Texts.Write(documents);
        Server = Node("node", new()
        {
            ["Store"] = store,
            ["DataFolder"] = Path.Combine(Folder, "data"),
            ["ConnectionStrings__PostgreSql"] = _database is null ? "" : await _database.CreateDatabaseAsync(),
            ["Sources__Document__Folder"] = documents,
            ["Sse__Heartbeat"] = "00:00:00.200",
            // These tests break connections of viewers. On a busy machine, connections to the database may time out for half a minute.
            ["Streams__StorePatience"] = "00:05:00",
        });
        await Server.StartAsync();
        Client = new StreamClient(() => Server.Address);
    }

    [TearDown]
    public void CloseConnections() => Http.Dispose();

    /// <summary>A viewer of an existing stream.</summary>
    protected Viewer View(string stream, FaultyNetwork network) => new(Http, stream, () => network.Address) { Watchdog = Watchdog };

    /// <summary>A viewer that starts the generation, and repeats the request with the same key until a response arrives.</summary>
    protected Viewer Start(object options, string key, FaultyNetwork network) =>
        Viewer.Starting(Http, () => StreamClient.StartRequest(new Uri(network.Address, "/sse"), options, key), Watchdog);

    protected static object Document(string file, int pace = 0) => new { source = "document", file, pace, onDisconnect = "continue" };

    protected async Task CheckLogAsync() => Assert.That(await ServerLog.ErrorsAsync(Server), Is.Empty);

    /// <summary>Runs an action for each item, with limited parallelism.</summary>
    protected static Task ForEachAsync<T>(IEnumerable<T> all, Func<T, Task> act) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (one, _) => await act(one));
}
