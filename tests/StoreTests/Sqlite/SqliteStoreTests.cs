using SseStreaming.Application;

namespace SseStreaming.StoreTests.Sqlite;

[TestFixture]
internal sealed class SqliteStoreTests : EventStreamStoreContract
{
    protected override Task<StoreUnderTest> OpenAsync(StreamsOptions options)
    {
        var fixture = new SqliteFixture(options);
        return Task.FromResult(new StoreUnderTest(
            fixture.Store,
            span =>
            {
                fixture.Time.Advance(span);
                return Task.CompletedTask;
            },
            streamId => Task.FromResult(fixture.FindKept(streamId)),
            () => Task.FromResult(fixture.CountBlocks()),
            fixture.DisposeAsync));
    }
}
