using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;

namespace SseStreaming.Testing;

/// <summary>Writes of tests whose subject is neither a request nor a checkpoint.</summary>
internal static class StoreExtensions
{
    public static ValueTask<CreateResult> CreateAsync(this IEventStreamStore store, StreamHead head, EventBatch started, CancellationToken cancellationToken) =>
        store.CreateAsync(head, started, request: null, cancellationToken);

    public static ValueTask<AppendResult> AppendAsync(this IEventStreamStore store, EventBatch batch, CancellationToken cancellationToken) =>
        store.AppendAsync(batch, checkpoint: null, cancellationToken);
}
