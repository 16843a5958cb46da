using System.Globalization;
using SseStreaming.Application;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.PostgreSql;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

internal abstract class PostgreSqlContract : EventStreamStoreContract
{
    protected override async Task<StoreUnderTest> OpenAsync(StreamsOptions options)
    {
        var server = await SharedServer.GetAsync();
        var database = await server.CreateDatabaseAsync();
        var node = await PostgreSqlNode.StartAsync(database, options);
        return new StoreUnderTest(
            GetStore(node),
            // The clock of the database can't be moved, so the times that it is compared to are.
            span => PostgreSqlServer.ExecuteAsync(database, string.Create(CultureInfo.InvariantCulture,
                $"update sse_streaming.streams set closed_at = closed_at - interval '{span.TotalSeconds} seconds'")),
            streamId => FindKeptAsync(database, streamId),
            async () => (long)(await PostgreSqlServer.ExecuteAsync(database, "select count(*) from sse_streaming.blocks"))!,
            async () =>
            {
                await node.DisposeAsync();
                await server.DropDatabaseAsync(database);
            });
    }

    protected abstract IEventStreamStore GetStore(PostgreSqlNode node);

    private static async Task<(byte[]? Request, byte[]? Checkpoint)> FindKeptAsync(string database, StreamId streamId) => (
        await PostgreSqlServer.ExecuteAsync(database, $"select data from sse_streaming.requests where stream_id = '{streamId.ToUuid()}'") as byte[],
        await PostgreSqlServer.ExecuteAsync(database, $"select checkpoint from sse_streaming.streams where id = '{streamId.ToUuid()}'") as byte[]);
}

[TestFixture]
internal sealed class PostgreSqlStoreTests : PostgreSqlContract
{
    protected override IEventStreamStore GetStore(PostgreSqlNode node) => node.Store;
}

/// <summary>The hot tail has the same contract as the store behind it.</summary>
[TestFixture]
internal sealed class HotTailStoreTests : PostgreSqlContract
{
    protected override IEventStreamStore GetStore(PostgreSqlNode node) => node.HotStore;

    /// <summary>Events stay in memory until they are evicted; a new viewer asks for the record first.</summary>
    protected override bool ForgetsAtOnce => false;
}
