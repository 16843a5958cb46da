using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;

namespace SseStreaming.Application.Reading;

/// <summary>Reads for a viewer that has caught up, on the thread that serves the viewers of an append.</summary>
internal sealed class LiveReader
{
    private readonly IEventStreamStore _store;
    private readonly StreamViewer _viewer;
    private readonly ILiveViewer _live;

    internal LiveReader(IEventStreamStore store, StreamViewer viewer, ILiveViewer live) => (_store, _viewer, _live) = (store, viewer, live);

    /// <summary>Delivers the events up to a sequence. False if the read loop has to go on, which also ends the response.</summary>
    /// <param name="last">Sequence of the last event of an append.</param>
    /// <param name="tail">Stored events that were read for another viewer of the stream; usually its page has the new ones, too.</param>
    public bool TryDeliver(long last, ref EventBatch tail)
    {
        while (_viewer.Position < last)
        {
            var batch = tail.After(_viewer.Position);
            if (batch.IsEmpty)
            {
                if (!TryRead(out batch))
                    return false;
                tail = batch;
            }
            if (batch.EndsStream)
                return false;
            _viewer.MoveTo(batch.Last);
            if (!_live.TryDeliver(batch))
                return false;
        }
        return true;
    }

    private bool TryRead(out EventBatch batch)
    {
        var read = _store.ReadAsync(_viewer.StreamId, _viewer.Position, CancellationToken.None);
        if (read.IsCompletedSuccessfully)
        {
            batch = read.Result ?? default;
            return !batch.IsEmpty;
        }
        // The read loop reads the same events, and handles the faults of the store.
        _ = ObserveAsync(read.AsTask());
        batch = default;
        return false;
    }

    private static async Task ObserveAsync(Task read) => await read.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
