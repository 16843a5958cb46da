using System.Globalization;
using SseStreaming.Application;
using SseStreaming.Application.Storage;
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
            StoreOf(node),
            // The database's clock can't be moved, so what it is compared to is.
            span => PostgreSqlServer.ExecuteAsync(database, string.Create(CultureInfo.InvariantCulture,
                $"update sse_streaming.streams set closed_at = closed_at - interval '{span.TotalSeconds} seconds'")),
            async () =>
            {
                await node.DisposeAsync();
                await server.DropDatabaseAsync(database);
            });
    }

    protected abstract IEventStreamStore StoreOf(PostgreSqlNode node);
}

[TestFixture]
internal sealed class PostgreSqlStoreTests : PostgreSqlContract
{
    protected override IEventStreamStore StoreOf(PostgreSqlNode node) => node.Store;
}

/// <summary>The hot tail keeps the promises of the store behind it.</summary>
[TestFixture]
internal sealed class HotTailStoreTests : PostgreSqlContract
{
    protected override IEventStreamStore StoreOf(PostgreSqlNode node) => node.HotStore;

    /// <summary>What is in memory stays until its room is needed; who comes anew asks for the record first.</summary>
    protected override bool ForgetsAtOnce => false;
}
