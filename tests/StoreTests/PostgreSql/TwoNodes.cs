using SseStreaming.Application;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>Tests that run several nodes over one database.</summary>
internal abstract class TwoNodes
{
    private readonly List<PostgreSqlNode> _nodes = [];
    private PostgreSqlServer? _server;

    /// <summary>Short, so that a test does not wait long for it to run out.</summary>
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

    /// <summary>A node that is killed at the end of the test.</summary>
    protected async Task<PostgreSqlNode> StartNodeAsync(TimeSpan? lease = null)
    {
        var node = await PostgreSqlNode.StartAsync(Database, new StreamsOptions { Lease = lease ?? TimeSpan.FromMinutes(5) });
        _nodes.Add(node);
        return node;
    }

    /// <summary>As if this much time had passed in the database, for one node.</summary>
    protected Task AgeLeaseAsync(PostgreSqlNode node, TimeSpan span) => PostgreSqlServer.ExecuteAsync(Database,
        $"""
        update sse_streaming.nodes
        set since = since - interval '{(int)span.TotalSeconds} seconds', lease_until = lease_until - interval '{(int)span.TotalSeconds} seconds'
        where id = '{node.Lease}'
        """);

    /// <summary>A node that has held its lease for long enough to take over others.</summary>
    protected async Task<PostgreSqlNode> StartEldestAsync()
    {
        var node = await StartNodeAsync();
        await PostgreSqlServer.ExecuteAsync(Database, $"update sse_streaming.nodes set since = '-infinity' where id = '{node.Lease}'");
        return node;
    }
}
