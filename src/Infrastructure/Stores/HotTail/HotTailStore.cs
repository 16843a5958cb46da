using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;

namespace SseStreaming.Infrastructure.Stores.HotTail;

/// <summary>
/// Keeps recent events in memory, in front of a database. Reads of what this node appended or has read are answered from here, so the
/// number of reads of the database depends on nodes and streams, not on viewers.
/// </summary>
/// <remarks>
/// Events are added only after the database has them, so all of them can be dropped at any time. Above <c>Streams:HotTailBytes</c> the
/// least recently used ones are.
/// </remarks>
internal sealed class HotTailStore(IEventStreamStore inner, InProcessSignal signal, IOptions<HotTailOptions> options, TimeProvider time)
    : IEventStreamStore, IRemoteAppendListener
{
    private readonly ConcurrentDictionary<StreamId, HotStream> _streams = new();
    private readonly long _maxBytes = options.Value.HotTailBytes;
    private readonly Lock _evicting = new();
    private long _bytes;

    public async ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, byte[]? request, CancellationToken cancellationToken)
    {
        var result = await inner.CreateAsync(head, started, request, cancellationToken);
        if (result.Outcome is CreateOutcome.Created)
        {
            var stream = new HotStream(head.Id, head);
            // A repeated create finds the stream, which may have grown since.
            if (_streams.TryAdd(head.Id, stream))
                Grow(HotStream.Overhead + stream.Append(started, time.GetTimestamp()));
        }
        return result;
    }

    public async ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken)
    {
        _streams.TryGetValue(batch.StreamId, out var stream);
        stream?.BeginAppend();
        var result = await inner.AppendAsync(batch, checkpoint, cancellationToken);
        if (result is not AppendResult.Appended)
        {
            stream?.ReleaseOwnership();
            return result;
        }
        stream = GetOrAdd(batch.StreamId);
        Grow(stream.Append(batch, time.GetTimestamp()));
        if (!batch.EndsStream && stream.OwnRecord is null)
            await AdoptAsync(stream, batch.Last, cancellationToken);
        return result;
    }

    public ValueTask<AppendResult> SaveCheckpointAsync(StreamId streamId, byte[] checkpoint, CancellationToken cancellationToken) =>
        inner.SaveCheckpointAsync(streamId, checkpoint, cancellationToken);

    public ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) =>
        _streams.TryGetValue(streamId, out var stream) && stream.TryRead(after, time.GetTimestamp(), out var batch)
            ? new(batch)
            : new(LoadAsync(GetOrAdd(streamId), after, cancellationToken));

    public ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) =>
        !_streams.TryGetValue(streamId, out var stream) ? inner.FindAsync(streamId, cancellationToken)
        // Another node may have renewed the time to live.
        : stream.SettledRecord is { } record && !record.Head.HasExpired(time.GetUtcNow()) ? new(record)
        : FindAsync(stream, cancellationToken);

    public ValueTask<StreamRecord?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        inner.FindByKeyAsync(idempotencyKey, cancellationToken);

    public ValueTask<StreamRecord?> FindLastAsync(string? owner, string thread, CancellationToken cancellationToken) =>
        inner.FindLastAsync(owner, thread, cancellationToken);

    public ValueTask<IReadOnlyList<StreamRecord>> ListAsync(
        string owner, StreamStatus? status, string? thread, StreamHead? after, int limit, CancellationToken cancellationToken) =>
        inner.ListAsync(owner, status, thread, after, limit, cancellationToken);

    public async ValueTask ForgetAsync(StreamId streamId, CancellationToken cancellationToken)
    {
        try
        {
            await inner.ForgetAsync(streamId, cancellationToken);
        }
        finally
        {
            // Also after a failure, whose outcome is unknown: the database can answer for a stream that it still has.
            Forgotten(streamId);
        }
    }

    public async ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken)
    {
        await inner.TrimAsync(streamId, before, cancellationToken);
        if (_streams.TryGetValue(streamId, out var stream))
            Interlocked.Add(ref _bytes, -stream.Trim(before));
    }

    public async ValueTask RenewAsync(StreamId streamId, DateTimeOffset expires, CancellationToken cancellationToken)
    {
        await inner.RenewAsync(streamId, expires, cancellationToken);
        if (_streams.TryGetValue(streamId, out var stream))
            stream.Renew(expires);
    }

    public ValueTask<IReadOnlyList<StreamId>> FindExpiredAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        inner.FindExpiredAsync(until, cancellationToken);

    public ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken) => inner.DropExpiredAsync(cancellationToken);

    public void Appended(StreamId streamId)
    {
        // If this node owned the stream, another one does now.
        if (_streams.TryGetValue(streamId, out var stream))
            stream.ReleaseOwnership();
        signal.Notify(streamId);
    }

    public void Forgotten(StreamId streamId)
    {
        if (_streams.TryGetValue(streamId, out var stream))
            Remove(stream);
        signal.Notify(streamId);
    }

    public void NotificationsMissed()
    {
        foreach (var stream in _streams.Values)
            stream.Invalidate();
        signal.NotifyAll();
    }

    /// <summary>
    /// Reads the record of a stream that this node continues, once. Without a record of its own, each viewer would read the database after
    /// each append.
    /// </summary>
    private async Task AdoptAsync(HotStream stream, long last, CancellationToken cancellationToken)
    {
        try
        {
            var version = stream.Version;
            if (await inner.FindAsync(stream.Id, cancellationToken) is { } record && record.Extent.Last == last)
                stream.Adopt(record, version);
        }
        catch (StoreUnavailableException)
        {
            // The events are appended; the next append tries again.
        }
    }

    /// <summary>
    /// Asks the database during an append: another node may already have shown those events to a viewer, for whom they must exist on
    /// this node, too.
    /// </summary>
    private async ValueTask<StreamRecord?> FindAsync(HotStream stream, CancellationToken cancellationToken)
    {
        try
        {
            var record = await inner.FindAsync(stream.Id, cancellationToken);
            stream.AdvanceKnownEnd(record?.Extent.Last ?? 0);
            return record;
        }
        catch (StoreUnavailableException) when (stream.OwnRecord is not null)
        {
            // The record before the append is still true.
            return stream.OwnRecord;
        }
    }

    /// <summary>Reads from the database, once for all concurrent readers of a position.</summary>
    private async Task<EventBatch?> LoadAsync(HotStream stream, long after, CancellationToken cancellationToken) =>
        // The token of one reader ends its own wait, not the read that others share.
        await stream.LoadAsync(after, LoadOnceAsync).WaitAsync(cancellationToken);

    private async Task<EventBatch?> LoadOnceAsync(HotStream stream, long after)
    {
        var version = stream.Version;
        var batch = await inner.ReadAsync(stream.Id, after, CancellationToken.None);
        if (batch is not { } loaded)
        {
            // A stream that this node writes still exists: only its oldest events have been dropped.
            if (stream.OwnRecord is null)
                Remove(stream);
        }
        else if (loaded.IsEmpty)
            stream.MarkUpToDate(after, version);
        else
            Grow(stream.Insert(loaded, time.GetTimestamp()));
        return batch;
    }

    private HotStream GetOrAdd(StreamId streamId)
    {
        if (_streams.TryGetValue(streamId, out var found))
            return found;
        var stream = new HotStream(streamId, head: null);
        if (!_streams.TryAdd(streamId, stream))
            return GetOrAdd(streamId);
        Grow(HotStream.Overhead);
        return stream;
    }

    private void Remove(HotStream stream)
    {
        if (_streams.TryRemove(new KeyValuePair<StreamId, HotStream>(stream.Id, stream)))
            Interlocked.Add(ref _bytes, -stream.Retire());
    }

    private void Grow(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) > _maxBytes)
            Evict();
    }

    /// <summary>Frees a tenth of the bytes at a time, so that it runs rarely.</summary>
    private void Evict()
    {
        // A caller does not wait for another one that evicts: the limit may be exceeded by what is appended meanwhile.
        if (!_evicting.TryEnter())
            return;
        try
        {
            var goal = _maxBytes - (_maxBytes / 10);
            var leastRecentlyUsed = _streams.Values.OrderBy(stream => stream.LastUsed).ToList();
            // Older pages first, because most viewers read at the end.
            foreach (var stream in leastRecentlyUsed.TakeWhile(_ => Volatile.Read(ref _bytes) > goal))
                Interlocked.Add(ref _bytes, -stream.DropAllButLast());
            foreach (var stream in leastRecentlyUsed.TakeWhile(_ => Volatile.Read(ref _bytes) > goal))
                Drop(stream);
        }
        finally
        {
            _evicting.Exit();
        }
    }

    private void Drop(HotStream stream)
    {
        if (stream.OwnRecord is null)
            Remove(stream);
        else
            Interlocked.Add(ref _bytes, -stream.Clear());
    }
}
