using SseStreaming.Application.Storage;

namespace SseStreaming.StoreTests;

/// <summary>A store, and how to advance its time.</summary>
internal sealed record StoreUnderTest(IEventStreamStore Store, Func<TimeSpan, Task> AdvanceAsync, Func<ValueTask> CloseAsync) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => CloseAsync();
}
