using SseStreaming.EnduranceTests.Testing;

namespace SseStreaming.EnduranceTests.Chaos;

/// <summary>A server that is reached through bad networks, with one kind of store. What is held against what came through is asked of it directly.</summary>
[TestFixture("Memory")]
[TestFixture("Sqlite")]
[TestFixture("PostgreSql")]
[Category(TestCategories.Long)]
internal abstract class ChaosTest(string store) : ProcessTest
{
    /// <summary>Well over the heartbeat, so that only silence is taken for silence.</summary>
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
        });
        await Server.StartAsync();
        Client = new StreamClient(() => Server.Address);
    }

    [TearDown]
    public void CloseConnections() => Http.Dispose();

    /// <summary>A viewer that knows the stream already.</summary>
    protected Viewer View(string stream, FaultyNetwork network) => new(Http, stream, () => network.Address) { Watchdog = Watchdog };

    /// <summary>One that begins the generation, and asks for it with the same key until it is there.</summary>
    protected Viewer Start(object options, string key, FaultyNetwork network) =>
        Viewer.Starting(Http, () => StreamClient.StartRequest(new Uri(network.Address, "/sse"), options, key), Watchdog);

    protected static object Document(string file, int pace = 0) => new { source = "document", file, pace, onDisconnect = "continue" };

    protected async Task CheckLogAsync() => Assert.That(await ServerLog.ErrorsAsync(Server), Is.Empty);

    /// <summary>Does something for each of many, some at a time.</summary>
    protected static Task ForEachAsync<T>(IEnumerable<T> all, Func<T, Task> act) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (one, _) => await act(one));
}
