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
    /// unavailable; see <see cref="StreamViewer.ReadAsync"/> for the rest. Thousands of viewers may leave at once, so cancellation ends the
    /// loop without an exception.
    /// </summary>
    public async IAsyncEnumerable<EventBatch> ReadAsync(
        StreamViewer viewer, TimeSpan idle, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Subscribed before the first read, so that an append between a read and the wait is not missed.
        using var subscription = signal.Subscribe(viewer.StreamId, idle, cancellationToken);
        while (await ReadNextAsync(viewer, cancellationToken) is { } batch)
        {
            if (!batch.IsEmpty)
            {
                viewer.MoveTo(batch.Last);
                yield return batch;
                if (batch.EndsStream)
                    yield break;
                // Otherwise only a wait observes the token, and a replay does not wait.
                if (cancellationToken.IsCancellationRequested)
                    yield break;
                continue;
            }
            switch (await subscription.WaitAsync())
            {
                case WaitOutcome.Idle:
                    yield return batch;
                    break;
                case WaitOutcome.Cancelled:
                    yield break;
            }
        }
    }

    private ValueTask<EventBatch?> ReadNextAsync(StreamViewer viewer, CancellationToken cancellationToken)
    {
        // Usually the store completes synchronously, and no state machine is needed to handle its faults.
        var read = store.ReadAsync(viewer.StreamId, viewer.Position, cancellationToken);
        return read.IsCompletedSuccessfully ? read : RetryAsync(read, viewer, cancellationToken);
    }

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
