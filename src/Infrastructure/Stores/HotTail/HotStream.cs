using System.Runtime.InteropServices;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.HotTail;

/// <summary>The part of one stream that is in memory: pages in order, with gaps between those that were read lately.</summary>
internal sealed class HotStream(StreamId id, StreamHead? head)
{
    /// <summary>Bytes that this object takes without its pages, about.</summary>
    public const int Overhead = 640;

    private readonly Lock _gate = new();
    private readonly List<EventPage> _pages = [];
    private StreamRecord? _ownRecord = head is null ? null : new StreamRecord(head, new StreamExtent(1, 0, false), null, 0, 0);
    private long _knownLast;
    private bool _isAppending;
    private int _version;
    private int _currentVersion = -1;
    private long _lastUsed;
    private bool _isRetired;
    private Dictionary<long, Task<EventBatch?>>? _loads;

    public StreamId Id => id;

    public long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>Changes whenever another node may have appended.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>The current record of a stream that this node writes; null if only the database has it.</summary>
    public StreamRecord? OwnRecord
    {
        get
        {
            lock (_gate)
                return _ownRecord;
        }
    }

    /// <summary>The same; null also during an append, when the database may already have events that this node does not know of.</summary>
    public StreamRecord? SettledRecord
    {
        get
        {
            lock (_gate)
                return _isAppending ? null : _ownRecord;
        }
    }

    /// <summary>This node sends an append to the database.</summary>
    public void BeginAppend()
    {
        lock (_gate)
            _isAppending = true;
    }

    /// <summary>Adds what this node appended; returns how many bytes that added.</summary>
    public long Append(EventBatch batch, long timestamp)
    {
        lock (_gate)
        {
            _isAppending = false;
            Volatile.Write(ref _lastUsed, timestamp);
            // Without a record of its own once it is closed, because another node may drop it without a notification.
            _ownRecord = batch.EndsStream || _ownRecord is null ? null : _ownRecord with
            {
                Extent = _ownRecord.Extent with { Last = batch.Last },
                Segments = _ownRecord.Segments + batch.Segments.Count,
                Characters = _ownRecord.Characters + batch.Characters,
            };
            // A reader may have loaded it from the database already.
            if (batch.First <= _knownLast || _isRetired)
                return 0;
            _knownLast = batch.Last;
            var tail = _pages.Count > 0 ? _pages[^1] : null;
            if (tail is not null && tail.First + tail.Count == batch.First && !tail.IsFull)
                return Add(tail, batch);
            var page = EventPage.CreateFor(batch);
            _pages.Add(page);
            return page.Footprint;
        }
    }

    /// <summary>Makes the record of a stream this node's own, unless another node may have appended since a version.</summary>
    public void Adopt(StreamRecord record, int version)
    {
        lock (_gate)
            _ownRecord = _version == version ? record : null;
    }

    /// <summary>Adds what was read from the database, unless it is in memory already; returns how many bytes that added.</summary>
    public long Insert(EventBatch batch, long now)
    {
        lock (_gate)
        {
            Volatile.Write(ref _lastUsed, now);
            if (_isRetired)
                return 0;
            _knownLast = Math.Max(_knownLast, batch.Last);
            var index = FindPage(batch.First);
            if (index >= 0 && _pages[index].First + _pages[index].Count > batch.First)
                return 0;
            if (index + 1 < _pages.Count && _pages[index + 1].First <= batch.Last)
                batch = batch.UpTo(_pages[index + 1].First - 1);
            // Copied, because the page that was read may be larger than the part to keep.
            var page = EventPage.CreateFor(batch);
            _pages.Insert(index + 1, page);
            return page.Footprint;
        }
    }

    /// <summary>Reads the events in memory after a sequence. False if only the database can answer.</summary>
    public bool TryRead(long after, long now, out EventBatch batch)
    {
        lock (_gate)
        {
            Volatile.Write(ref _lastUsed, now);
            var index = FindPage(after + 1);
            batch = index < 0 ? default : _pages[index].After(after);
            return !batch.IsEmpty || (after >= _knownLast && (_ownRecord is not null || _currentVersion == _version));
        }
    }

    /// <summary>The database has events up to a sequence, in memory or not.</summary>
    public void AdvanceKnownEnd(long last)
    {
        lock (_gate)
            _knownLast = Math.Max(_knownLast, last);
    }

    /// <summary>The database had no events after a sequence at the time of a version.</summary>
    public void MarkUpToDate(long after, int version)
    {
        lock (_gate)
        {
            _knownLast = Math.Max(_knownLast, after);
            if (after == _knownLast)
                _currentVersion = version;
        }
    }

    /// <summary>Begins a read from the database, or joins a running one of the same position.</summary>
    public Task<EventBatch?> LoadAsync(long after, Func<HotStream, long, Task<EventBatch?>> load)
    {
        lock (_gate)
        {
            _loads ??= [];
            if (!_loads.TryGetValue(after, out var task))
            {
                _loads[after] = task = LoadOnceAsync(after, load);
                _ = ObserveAsync(task);
            }
            return task;
        }
    }

    /// <summary>All readers of a load may have left before it fails: then its fault is no unobserved one.</summary>
    private static async Task ObserveAsync(Task load) => await load.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Another node may have appended.</summary>
    public void Invalidate() => Interlocked.Increment(ref _version);

    /// <summary>Another node owns the stream now.</summary>
    public void ReleaseOwnership()
    {
        lock (_gate)
        {
            _ownRecord = null;
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>The time at which the stream expires has moved.</summary>
    public void Renew(DateTimeOffset expires)
    {
        lock (_gate)
        {
            if (_ownRecord is { Head: { Expires: not null } head })
                _ownRecord = _ownRecord with { Head = head with { Expires = expires } };
        }
    }

    /// <summary>Drops all pages but the last; returns how many bytes that freed.</summary>
    public long DropAllButLast()
    {
        lock (_gate)
            return DropFirst(_pages.Count - 1);
    }

    /// <summary>Drops the pages before a sequence, which the database has dropped, too; returns how many bytes that freed.</summary>
    public long Trim(long before)
    {
        lock (_gate)
        {
            if (_ownRecord is { Extent: var extent })
                _ownRecord = _ownRecord with { Extent = extent with { First = Math.Max(extent.First, before) } };
            return DropFirst(_pages.TakeWhile(page => page.First + page.Count <= before).Count());
        }
    }

    /// <summary>Drops everything, and ignores further events; returns how many bytes that freed.</summary>
    public long Retire()
    {
        lock (_gate)
        {
            _isRetired = true;
            return DropFirst(_pages.Count) + Overhead;
        }
    }

    /// <summary>Drops all pages; returns how many bytes that freed.</summary>
    public long Clear()
    {
        lock (_gate)
            return DropFirst(_pages.Count);
    }

    private async Task<EventBatch?> LoadOnceAsync(long after, Func<HotStream, long, Task<EventBatch?>> load)
    {
        // The caller holds the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            return await load(this, after);
        }
        finally
        {
            lock (_gate)
                _loads!.Remove(after);
        }
    }

    private long DropFirst(int count)
    {
        if (count <= 0)
            return 0;
        var freed = 0L;
        for (var i = 0; i < count; i++)
            freed += _pages[i].Footprint;
        _pages.RemoveRange(0, count);
        return freed;
    }

    private static long Add(EventPage page, EventBatch batch)
    {
        var before = page.Footprint;
        page.Add(batch);
        return page.Footprint - before;
    }

    private int FindPage(long sequence) => PageSearch.FindLast(CollectionsMarshal.AsSpan(_pages), sequence);
}
