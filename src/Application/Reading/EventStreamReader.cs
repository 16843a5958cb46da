using System.Runtime.CompilerServices;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Reading;

/// <summary>The one read loop: catches up from the store, then follows live. Every reader of a stream is a position in it.</summary>
internal sealed class EventStreamReader(IEventStreamStore store, IStreamSignal signal, TimeProvider time)
{
    private static readonly TimeSpan RetryWhenUnavailable = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Everything after a position, up to and including the terminal event. An empty batch says that nothing came for the idle
    /// time. Ends early, without a terminal event, if what comes next is no longer kept. Waits for a store that is unavailable.
    /// </summary>
    public async IAsyncEnumerable<EventBatch> ReadAsync(
        StreamId streamId, long after, TimeSpan idle, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Subscribed before the first look: what is appended between a look and the wait has then rung already.
        using var subscription = signal.Subscribe(streamId, idle, cancellationToken);
        while (await LookAsync(streamId, after, cancellationToken) is { } batch)
        {
            if (!batch.IsEmpty)
            {
                yield return batch;
                if (batch.EndsStream)
                    yield break;
                after = batch.Last;
                // Only a wait looks at the token otherwise, and a replay has none.
                cancellationToken.ThrowIfCancellationRequested();
            }
            else if (!await subscription.WaitAsync())
            {
                yield return batch;
            }
        }
    }

    private ValueTask<EventBatch?> LookAsync(StreamId streamId, long after, CancellationToken cancellationToken)
    {
        // In the steady state the store has the answer at hand, and there is nothing to set up for its faults.
        var look = store.ReadAsync(streamId, after, cancellationToken);
        return look.IsCompletedSuccessfully ? look : LookAgainAsync(look, streamId, after, cancellationToken);
    }

    private async ValueTask<EventBatch?> LookAgainAsync(
        ValueTask<EventBatch?> look, StreamId streamId, long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await look;
            }
            catch (StoreUnavailableException)
            {
                // Whoever writes to the store, or opens a stream, says so in the log; a viewer just waits.
                await Task.Delay(RetryWhenUnavailable, time, cancellationToken);
            }
            look = store.ReadAsync(streamId, after, cancellationToken);
        }
    }
}
