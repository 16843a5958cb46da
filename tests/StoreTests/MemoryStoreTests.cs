using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application;
using SseStreaming.Infrastructure.Stores.Memory;

namespace SseStreaming.StoreTests;

[TestFixture]
internal sealed class MemoryStoreTests : EventStreamStoreContract
{
    protected override bool OutlivesItsProcess => false;

    protected override Task<StoreUnderTest> OpenAsync(StreamsOptions options)
    {
        var time = new FakeTimeProvider();
        return Task.FromResult(new StoreUnderTest(
            new MemoryEventStreamStore(Options.Create(options), time),
            span =>
            {
                time.Advance(span);
                return Task.CompletedTask;
            },
            _ => Task.FromResult<(byte[]?, byte[]?)>(default),
            () => Task.FromResult(0L),
            () => default));
    }
}
