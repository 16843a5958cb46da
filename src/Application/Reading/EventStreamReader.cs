using System.Runtime.CompilerServices;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;

namespace SseStreaming.Application.Reading;

/// <summary>The one read loop: it catches up from the store, then follows live.</summary>
internal sealed class EventStreamReader(IEventStreamStore store, IStreamSignal signal, TimeProvider time)
{
    private static readonly TimeSpan RetryWhenUnavailable = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Reads from the position of a viewer up to and including the terminal event, and moves the position. Waits while the store is
    /// unavailable; see <see cref="StreamViewer.ReadAsync(TimeSpan, CancellationToken)"/> for the rest.
    /// </summary>
    public async IAsyncEnumerable<EventBatch> ReadAsync(
        StreamViewer viewer, TimeSpan idle, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var live = viewer.Live;
        // Subscribed before the first read, so that an append between a read and the wait is not missed.
        using var subscription = signal.Subscribe(
            viewer.StreamId, idle, live is null ? null : new LiveReader(store, viewer, live), cancellationToken);
        while (true)
        {
            var read = ReadNextAsync(viewer, cancellationToken);
            // A slow read does not delay what is written. If the flush fails, the token is cancelled, which ends the read.
            var isSent = live is null || read.IsCompleted || await live.FlushAsync();
            if (await read is not { } batch || !isSent)
                yield break;
            if (!batch.IsEmpty)
            {
                viewer.MoveTo(batch.Last);
                yield return batch;
                // Otherwise only a wait observes the token, and a replay does not wait.
                if (batch.EndsStream || cancellationToken.IsCancellationRequested)
                    yield break;
                continue;
            }
            if (live is not null && !await live.FlushAsync())
                yield break;
            // While it waits, appends deliver their events to the viewer.
            var outcome = await subscription.WaitAsync();
            // A delivery may have left a flush to wait for.
            if (outcome is WaitOutcome.Cancelled || (live is not null && !await live.FlushAsync()))
                yield break;
            if (outcome is WaitOutcome.Idle)
                yield return default;
        }
    }

    private ValueTask<EventBatch?> ReadNextAsync(StreamViewer viewer, CancellationToken cancellationToken)
    {
        // Usually the store completes synchronously, and no state machine is needed to handle its faults.
        var read = store.ReadAsync(viewer.StreamId, viewer.Position, cancellationToken);
        return read.IsCompletedSuccessfully ? read : RetryAsync(read, viewer, cancellationToken);
    }

    /// <summary>Null if the next event is not kept, or if the token is cancelled: thousands of viewers may leave at once, so that throws nothing.</summary>
    private async ValueTask<EventBatch?> RetryAsync(ValueTask<EventBatch?> read, StreamViewer viewer, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await read;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(RetryWhenUnavailable, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
            }
            if (cancellationToken.IsCancellationRequested)
                return null;
            read = store.ReadAsync(viewer.StreamId, viewer.Position, cancellationToken);
        }
    }
}
