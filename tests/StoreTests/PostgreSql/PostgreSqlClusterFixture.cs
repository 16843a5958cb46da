using SseStreaming.Application;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>Base of tests with several nodes on one database.</summary>
internal abstract class PostgreSqlClusterFixture
{
    private readonly List<PostgreSqlNode> _nodes = [];
    private PostgreSqlServer? _server;

    /// <summary>Short, so that a test does not wait long until it expires.</summary>
    protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    protected string Database { get; private set; } = "";

    [SetUp]
    public async Task CreateDatabaseAsync()
    {
        _server = await SharedServer.GetAsync();
        Database = await _server.CreateDatabaseAsync();
    }

    [TearDown]
    public async Task DropDatabaseAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        _nodes.Clear();
        if (_server is not null)
            await _server.DropDatabaseAsync(Database);
    }

    /// <summary>Starts a node, which is killed at the end of the test.</summary>
    protected async Task<PostgreSqlNode> StartNodeAsync(TimeSpan? lease = null)
    {
        var node = await PostgreSqlNode.StartAsync(Database, new StreamsOptions { Lease = lease ?? TimeSpan.FromMinutes(5) });
        _nodes.Add(node);
        return node;
    }

    /// <summary>Moves the lease of a node into the past.</summary>
    protected Task AgeLeaseAsync(PostgreSqlNode node, TimeSpan span) => PostgreSqlServer.ExecuteAsync(Database,
        $"""
        update sse_streaming.nodes
        set since = since - interval '{(int)span.TotalSeconds} seconds', lease_until = lease_until - interval '{(int)span.TotalSeconds} seconds'
        where id = '{node.OwnerId}'
        """);

    /// <summary>Starts a node that may take over the streams of others at once.</summary>
    protected async Task<PostgreSqlNode> StartTakerAsync()
    {
        var node = await StartNodeAsync();
        await PostgreSqlServer.ExecuteAsync(Database, $"update sse_streaming.nodes set since = '-infinity' where id = '{node.OwnerId}'");
        return node;
    }
}
