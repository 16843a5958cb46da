using System.Runtime.CompilerServices;
using SseStreaming.Domain;

namespace SseStreaming.Application.Streams;

/// <summary>The one read loop: catches up from the store, then follows live. Every reader of a stream is a position in it.</summary>
internal sealed class EventStreamReader(IEventStreamStore store, IStreamSignal signal)
{
    /// <summary>
    /// Everything after a position, up to and including the terminal event. An empty batch says that nothing came for the idle
    /// time. Ends early, without a terminal event, if what comes next is no longer kept.
    /// </summary>
    public async IAsyncEnumerable<EventBatch> ReadAsync(
        StreamId stream, long after, TimeSpan idle, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Subscribed before the first look: what is appended between a look and the wait has then rung already.
        using var subscription = signal.Subscribe(stream, idle, cancellationToken);
        while (await store.ReadAsync(stream, after, cancellationToken) is { } batch)
        {
            if (!batch.IsEmpty)
            {
                yield return batch;
                if (batch.EndsStream)
                    yield break;
                after = batch.Last;
            }
            else if (!await subscription.WaitAsync())
            {
                yield return batch;
            }
        }
    }
}
