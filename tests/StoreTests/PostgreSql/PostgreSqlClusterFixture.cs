using SseStreaming.Application;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>Base of tests with several nodes on one database.</summary>
internal abstract class PostgreSqlClusterFixture
{
    private readonly List<PostgreSqlNode> _nodes = [];
    private PostgreSqlServer? _server;

    /// <summary>Short, so that a test does not wait long until it expires.</summary>
    protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    protected static readonly TimeSpan LongerThanALease = TimeSpan.FromMinutes(6);

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

    /// <summary>Takes over until there is no further stream. Each stream is returned once, although no event is appended.</summary>
    protected static async Task<ICollection<TakenStream>> TakeAllAsync(PostgreSqlNode node)
    {
        var taken = new Dictionary<StreamId, TakenStream>();
        int before;
        do
        {
            before = taken.Count;
            foreach (var stream in await node.Cluster.TakeOverAsync(CancellationToken.None))
                taken[stream.Record.Head.Id] = stream;
        }
        while (taken.Count > before);
        return taken.Values;
    }

    /// <summary>Starts a node that may take over the streams of others at once.</summary>
    protected async Task<PostgreSqlNode> StartTakerAsync()
    {
        var node = await StartNodeAsync();
        await PostgreSqlServer.ExecuteAsync(Database, $"update sse_streaming.nodes set since = '-infinity' where id = '{node.OwnerId}'");
        return node;
    }

    protected static async Task<StreamHead> CreateAsync(PostgreSqlNode node, byte[]? request)
    {
        var head = Events.Head();
        var result = await node.Store.CreateAsync(head, Events.Started(head), request, CancellationToken.None);
        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Created));
        return head;
    }

    /// <summary>Appends a segment, which must succeed.</summary>
    protected static async Task AppendedAsync(PostgreSqlNode node, StreamHead head, long at, byte[]? checkpoint) =>
        Assert.That(await node.Store.AppendAsync(Events.Segments(head, at, "a"), checkpoint, CancellationToken.None), Is.EqualTo(AppendResult.Appended));
}
