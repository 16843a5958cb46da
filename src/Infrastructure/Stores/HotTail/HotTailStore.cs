using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;

namespace SseStreaming.Infrastructure.Stores.HotTail;

/// <summary>
/// Recent events in memory, before a database. What this node appends or has read is served from here, so a database sees reads in
/// proportion to nodes and streams, not to viewers.
/// </summary>
/// <remarks>
/// Nothing gets in here before the database has it. All of it can be dropped at any time: the bound on its bytes drops what was
/// used least recently.
/// </remarks>
internal sealed class HotTailStore(IEventStreamStore inner, InProcessSignal signal, IOptions<HotTailOptions> options, TimeProvider time)
    : IEventStreamStore, IRemoteAppendListener
{
    private readonly ConcurrentDictionary<StreamId, HotStream> _streams = new();
    private readonly long _maxBytes = options.Value.HotTailBytes;
    private readonly Lock _evicting = new();
    private long _bytes;

    /// <summary>Bytes in memory.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public async ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, CancellationToken cancellationToken)
    {
        var result = await inner.CreateAsync(head, started, cancellationToken);
        if (result.Outcome is CreateOutcome.Created)
        {
            var stream = new HotStream(head.Id, head);
            _streams[head.Id] = stream;
            Grow(HotStream.Overhead + stream.Append(started, time.GetTimestamp()));
        }
        return result;
    }

    public async ValueTask<AppendResult> AppendAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        _streams.TryGetValue(batch.StreamId, out var stream);
        stream?.BeginAppend();
        var result = await inner.AppendAsync(batch, cancellationToken);
        if (result is AppendResult.Appended)
            Grow(Get(batch.StreamId).Append(batch, time.GetTimestamp()));
        else
            stream?.ReleaseOwnership();
        return result;
    }

    public ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) =>
        _streams.TryGetValue(streamId, out var hot) && hot.TryRead(after, time.GetTimestamp(), out var batch)
            ? new(batch)
            : new(LoadAsync(Get(streamId), after, cancellationToken));

    public ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) =>
        !_streams.TryGetValue(streamId, out var hot) ? inner.FindAsync(streamId, cancellationToken)
        : hot.SettledRecord is { } record ? new(record)
        : FindAsync(hot, cancellationToken);

    public async ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken)
    {
        await inner.TrimAsync(streamId, before, cancellationToken);
        if (_streams.TryGetValue(streamId, out var hot))
            Interlocked.Add(ref _bytes, -hot.Trim(before));
    }

    public ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken) => inner.DropExpiredAsync(cancellationToken);

    public void Appended(StreamId streamId)
    {
        // Of a stream that was this node's own, that says that it no longer is.
        if (_streams.TryGetValue(streamId, out var hot))
            hot.ReleaseOwnership();
        signal.Notify(streamId);
    }

    public void NotificationsMissed()
    {
        foreach (var hot in _streams.Values)
            hot.Invalidate();
        signal.NotifyAll();
    }

    /// <summary>
    /// What is being appended may be in the database before this node hears so, and another node may have shown it: who saw it
    /// there must not be told here that it does not exist.
    /// </summary>
    private async ValueTask<StreamRecord?> FindAsync(HotStream hot, CancellationToken cancellationToken)
    {
        try
        {
            var record = await inner.FindAsync(hot.Id, cancellationToken);
            hot.AdvanceKnownEnd(record?.Extent.Last ?? 0);
            return record;
        }
        catch (StoreUnavailableException) when (hot.OwnRecord is not null)
        {
            // What was known before still holds.
            return hot.OwnRecord;
        }
    }

    /// <summary>Reads from the database, once for all who ask for the same at the same time.</summary>
    private async Task<EventBatch?> LoadAsync(HotStream hot, long after, CancellationToken cancellationToken) =>
        // One viewer's leaving does not end what others wait for.
        await hot.LoadAsync(after, LoadOnceAsync).WaitAsync(cancellationToken);

    private async Task<EventBatch?> LoadOnceAsync(HotStream hot, long after)
    {
        var version = hot.Version;
        var batch = await inner.ReadAsync(hot.Id, after, CancellationToken.None);
        if (batch is not { } loaded)
        {
            // Of a stream that is being written, only what lies far behind is gone.
            if (hot.OwnRecord is null)
                Remove(hot);
        }
        else if (loaded.IsEmpty)
            hot.MarkUpToDate(after, version);
        else
            Grow(hot.Insert(loaded, time.GetTimestamp()));
        return batch;
    }

    private HotStream Get(StreamId id)
    {
        if (_streams.TryGetValue(id, out var found))
            return found;
        var stream = new HotStream(id, head: null);
        if (!_streams.TryAdd(id, stream))
            return Get(id);
        Grow(HotStream.Overhead);
        return stream;
    }

    private void Remove(HotStream hot)
    {
        if (_streams.TryRemove(new KeyValuePair<StreamId, HotStream>(hot.Id, hot)))
            Interlocked.Add(ref _bytes, -hot.Retire());
    }

    private void Grow(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) > _maxBytes)
            Evict();
    }

    /// <summary>Makes a tenth of the room free, so that this is rare.</summary>
    private void Evict()
    {
        // Who comes while somebody is at it may go on: the bound is soft by what is appended meanwhile.
        if (!_evicting.TryEnter())
            return;
        try
        {
            var goal = _maxBytes - (_maxBytes / 10);
            var coldest = _streams.Values.OrderBy(stream => stream.LastUsed).ToList();
            // First of all what lies behind, and only then what is about to be read.
            foreach (var stream in coldest.TakeWhile(_ => Bytes > goal))
                Interlocked.Add(ref _bytes, -stream.DropAllButLast());
            foreach (var stream in coldest.TakeWhile(_ => Bytes > goal))
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
