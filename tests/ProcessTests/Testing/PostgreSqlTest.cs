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
        First = CreateNode("first", database);
        Second = CreateNode("second", database);
    }

    protected virtual TimeSpan Lease => TimeSpan.FromSeconds(15);

    protected Task StartNodesAsync() => Task.WhenAll(First.StartAsync(), Second.StartAsync());

    /// <summary>A client that chooses a random node for each request.</summary>
    protected StreamClient AskEither() => new(() => Nodes[Random(0, 2)].Address);

    private ServerNode CreateNode(string name, string database) => Node(name, new(Settings)
    {
        ["Store"] = "PostgreSql",
        ["ConnectionStrings__PostgreSql"] = database,
        ["Streams__Lease"] = Lease.ToString(),
    });
}
