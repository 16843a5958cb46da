using SseStreaming.Application.Storage;

namespace SseStreaming.StoreTests;

/// <summary>A store, and how to let time pass for it.</summary>
internal sealed record StoreUnderTest(IEventStreamStore Store, Func<TimeSpan, Task> PassAsync, Func<ValueTask> CloseAsync) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => CloseAsync();
}
