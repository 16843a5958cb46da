using SseStreaming.Application;

namespace SseStreaming.StoreTests.Sqlite;

[TestFixture]
internal sealed class SqliteStoreTests : EventStreamStoreContract
{
    protected override Task<StoreUnderTest> OpenAsync(StreamsOptions options)
    {
        var bench = new SqliteBench(options);
        return Task.FromResult(new StoreUnderTest(
            bench.Store,
            span =>
            {
                bench.Time.Advance(span);
                return Task.CompletedTask;
            },
            bench.DisposeAsync));
    }
}
