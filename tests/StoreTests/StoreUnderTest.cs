using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.StoreTests;

/// <summary>A store, how to advance its time, how to read what it keeps with a stream for the node that continues it, and how many rows have events.</summary>
internal sealed record StoreUnderTest(
    IEventStreamStore Store,
    Func<TimeSpan, Task> AdvanceAsync,
    Func<StreamId, Task<(byte[]? Request, byte[]? Checkpoint)>> FindKeptAsync,
    Func<Task<long>> CountBlocksAsync,
    Func<ValueTask> CloseAsync) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => CloseAsync();
}
