namespace SseStreaming.ProcessTests.Testing;

/// <summary>A test with nodes that share a PostgreSQL, which is there for all tests of a class; each has a database of its own.</summary>
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

    /// <summary>Asks either node, each time at random.</summary>
    protected StreamClient AskEither() => new(() => Nodes[Random(0, 2)].Address);

    private ServerNode CreateNode(string name, string database) => Node(name, new(Settings)
    {
        ["Store"] = "PostgreSql",
        ["ConnectionStrings__PostgreSql"] = database,
        ["Streams__Lease"] = Lease.ToString(),
    });
}
