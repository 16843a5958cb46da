using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.Infrastructure.Stores.Sqlite;
using SseStreaming.Infrastructure.Stores.Sqlite.Cluster;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.Sqlite;

/// <summary>A store in a folder of its own, which is deleted with it.</summary>
internal sealed class SqliteFixture : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly bool _deletesFolder;

    public SqliteFixture(StreamsOptions? options = null, string? folder = null)
    {
        _deletesFolder = folder is null;
        Folder = folder ?? CreateFolder();
        options ??= new StreamsOptions();
        Database = SqliteDatabase.Open(
            Folder, new SqliteOptions { BusyTimeout = TimeSpan.Zero }, options, new StoreMetrics(Meters, TimeProvider.System),
            new StoreOutageLog(TimeProvider.System, NullLogger<StoreOutageLog>.Instance), NullLogger.Instance);
        Store = new SqliteEventStreamStore(Database, Options.Create(options), Time);
        Cluster = new SqliteCluster(Database, Time);
    }

    public string Folder { get; }

    public Meters Meters { get; } = new();

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public SqliteDatabase Database { get; }

    public SqliteEventStreamStore Store { get; }

    public SqliteCluster Cluster { get; }

    public static string CreateFolder() => Directory.CreateTempSubdirectory("sse-streaming-").FullName;

    public static StreamEvent Event(EventKind kind, string text) => new(kind, Encoding.UTF8.GetBytes(text));

    public static EventBatch Segments(StreamId streamId, long first, params string[] texts) =>
        EventBatch.Create(streamId, first, [.. texts.Select(text => Event(EventKind.Segment, text))]);

    public static EventBatch End(StreamId streamId, long at) => EventBatch.Create(streamId, at, Event(EventKind.Completed, "{}"));

    /// <summary>A connection of another program to the same file.</summary>
    public SqliteConnection Connect() => Connect(Folder);

    public static SqliteConnection Connect(string folder)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "streams.db")};Pooling=False");
        connection.Open();
        return connection;
    }

    [SuppressMessage("Security", "CA2100", Justification = "Tests write their own SQL.")]
    public static object? Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public async Task<StreamId> CreateAsync(string? key = null)
    {
        var head = CreateHead(key);
        var result = await Store.CreateAsync(head, Started(head.Id), CancellationToken.None);
        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Created));
        return head.Id;
    }

    public async Task<StreamId> CreateClosedAsync()
    {
        var streamId = await CreateAsync();
        Assert.That(await AppendAsync(End(streamId, 2)), Is.EqualTo(AppendResult.Appended));
        return streamId;
    }

    public StreamHead CreateHead(string? key = null) =>
        new(StreamId.New(), "lorem", Time.GetUtcNow()) { Idempotency = key is null ? null : new Idempotency(key, "digest") };

    public static EventBatch Started(StreamId streamId) => EventBatch.Create(streamId, 1, Event(EventKind.Started, "{}"));

    public Task<AppendResult> AppendAsync(EventBatch batch, CancellationToken cancellationToken = default) =>
        Store.AppendAsync(batch, cancellationToken).AsTask().WaitAsync(Limit, CancellationToken.None);

    public async Task<StreamRecord?> FindAsync(StreamId streamId) => await Store.FindAsync(streamId, CancellationToken.None);

    /// <summary>What is in the database for the process that continues a stream.</summary>
    public (byte[]? Request, byte[]? Checkpoint) FindKept(StreamId streamId)
    {
        using var connection = Connect();
        var id = Convert.ToHexString(streamId.ToBlob());
        return (
            Run(connection, $"select data from requests where stream = (select key from streams where id = x'{id}')") as byte[],
            Run(connection, $"select checkpoint from streams where id = x'{id}'") as byte[]);
    }

    public long CountBlocks()
    {
        using var connection = Connect();
        return (long)Run(connection, "select count(*) from blocks")!;
    }

    /// <summary>The texts of all events in order, read page by page.</summary>
    public async Task<List<string>> ReadAllAsync(StreamId streamId, long after = 0)
    {
        var texts = new List<string>();
        while (await Store.ReadAsync(streamId, after, CancellationToken.None) is { IsEmpty: false } page)
        {
            Assert.That(page.First, Is.EqualTo(after + 1));
            for (var i = 0; i < page.Count; i++)
                texts.Add(Encoding.UTF8.GetString(page[i].Data.Span));
            after = page.Last;
        }
        return texts;
    }

    /// <summary>Blocks the writer: the writes until the result is disposed form one group.</summary>
    public async Task<WriterBlock> BlockWriterAsync()
    {
        var block = new WriterBlock();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        block.Write = Database.Writer.WriteAsync(_ =>
        {
            entered.TrySetResult();
            return block.Released.Wait(Limit);
        }, CancellationToken.None);
        await entered.Task.WaitAsync(Limit);
        return block;
    }

    public async ValueTask DisposeAsync()
    {
        Cluster.Dispose();
        await Database.DisposeAsync();
        if (_deletesFolder)
            Directory.Delete(Folder, recursive: true);
    }

    internal sealed class WriterBlock : IAsyncDisposable
    {
        public ManualResetEventSlim Released { get; } = new();

        public Task<bool> Write { get; set; } = Task.FromResult(true);

        public async ValueTask DisposeAsync()
        {
            Released.Set();
            Assert.That(await Write, Is.True);
            Released.Dispose();
        }
    }
}
