namespace SseStreaming.ProcessTests.Testing;

/// <summary>A test with two nodes that share a PostgreSQL server. All tests of a class use the same server, each with its own database.</summary>
internal abstract class PostgreSqlTest : ProcessTest
{
    private PostgreSqlServer? _server;

    protected PostgreSqlServer Server => _server!;

    protected ServerNode First { get; private set; } = null!;

    protected ServerNode Second { get; private set; } = null!;

    protected ServerNode[] Nodes => [First, Second];

    [OneTimeSetUp]
    public async Task StartServer() => _server = await PostgreSqlServer.RequireAsync();

    [OneTimeTearDown]
    public async Task StopServer()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [SetUp]
    public async Task CreateNodes()
    {
        var database = await Server.CreateDatabaseAsync();
        var settings = await CreateSettingsAsync();
        First = CreateNode("first", database, settings);
        Second = CreateNode("second", database, settings);
    }

    protected virtual TimeSpan Lease => TimeSpan.FromSeconds(15);

    protected Task StartNodesAsync() => Task.WhenAll(First.StartAsync(), Second.StartAsync());

    /// <summary>A client that chooses a random node for each request.</summary>
    protected StreamClient AskEither() => new(() => Nodes[Random(0, 2)].Address);

    /// <summary>Further settings of both nodes, for tests that prepare something first.</summary>
    protected virtual Task<Dictionary<string, string>> CreateSettingsAsync() => Task.FromResult(new Dictionary<string, string>());

    private ServerNode CreateNode(string name, string database, Dictionary<string, string> settings) => Node(name, new(Settings.Concat(settings))
    {
        ["Store"] = "PostgreSql",
        ["ConnectionStrings__PostgreSql"] = database,
        ["Streams__Lease"] = Lease.ToString(),
    });
}
