using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.HotTail;

/// <summary>What is in memory of one stream: pages in order, with gaps where nobody has read lately.</summary>
internal sealed class HotStream(StreamId id, StreamHead? head)
{
    /// <summary>What this object takes without its pages, roughly.</summary>
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

    /// <summary>The stream as it stands, while this node writes it; null if the database must be asked.</summary>
    public StreamRecord? OwnRecord
    {
        get
        {
            lock (_gate)
                return _ownRecord;
        }
    }

    /// <summary>The same, unless the database may have more by now than this node knows of: while an append is under way.</summary>
    public StreamRecord? SettledRecord
    {
        get
        {
            lock (_gate)
                return _isAppending ? null : _ownRecord;
        }
    }

    /// <summary>The database is about to get more from this node.</summary>
    public void BeginAppend()
    {
        lock (_gate)
            _isAppending = true;
    }

    /// <summary>Adds what this node appended; returns by how many bytes that grew.</summary>
    public long Append(EventBatch batch, long timestamp)
    {
        lock (_gate)
        {
            _isAppending = false;
            Volatile.Write(ref _lastUsed, timestamp);
            // A closed stream is no longer anybody's own: retention takes it without notice.
            _ownRecord = batch.EndsStream || _ownRecord is null ? null : _ownRecord with
            {
                Extent = _ownRecord.Extent with { Last = batch.Last },
                Segments = _ownRecord.Segments + batch.Segments.Count,
                Characters = _ownRecord.Characters + batch.Characters,
            };
            // A reader may have brought it from the database before.
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

    /// <summary>Adds what was read from the database, as far as it is not here; returns by how many bytes that grew.</summary>
    public long Insert(EventBatch batch, long now)
    {
        lock (_gate)
        {
            Volatile.Write(ref _lastUsed, now);
            if (_isRetired)
                return 0;
            _knownLast = Math.Max(_knownLast, batch.Last);
            var at = FindPage(batch.First);
            if (at >= 0 && _pages[at].First + _pages[at].Count > batch.First)
                return 0;
            if (at + 1 < _pages.Count && _pages[at + 1].First <= batch.Last)
                batch = batch.UpTo(_pages[at + 1].First - 1);
            // Copied, for the page that was read may be larger than what is kept of it.
            var page = EventPage.CreateFor(batch);
            _pages.Insert(at + 1, page);
            return page.Footprint;
        }
    }

    /// <summary>What is here after a position. False if the database has to be asked.</summary>
    public bool TryRead(long after, long now, out EventBatch batch)
    {
        lock (_gate)
        {
            Volatile.Write(ref _lastUsed, now);
            var at = FindPage(after + 1);
            batch = at < 0 ? default : _pages[at].After(after);
            return !batch.IsEmpty || (after >= _knownLast && (_ownRecord is not null || _currentVersion == _version));
        }
    }

    /// <summary>The database has events up to a sequence, be they here or not.</summary>
    public void AdvanceKnownEnd(long last)
    {
        lock (_gate)
            _knownLast = Math.Max(_knownLast, last);
    }

    /// <summary>The database had nothing after a position when the version was this.</summary>
    public void MarkUpToDate(long after, int version)
    {
        lock (_gate)
        {
            _knownLast = Math.Max(_knownLast, after);
            if (after == _knownLast)
                _currentVersion = version;
        }
    }

    /// <summary>Begins a read from the database, or joins the one of the same position that is under way.</summary>
    public Task<EventBatch?> LoadAsync(long after, Func<HotStream, long, Task<EventBatch?>> load)
    {
        lock (_gate)
        {
            _loads ??= [];
            if (!_loads.TryGetValue(after, out var task))
                _loads[after] = task = LoadOnceAsync(after, load);
            return task;
        }
    }

    /// <summary>Another node may have appended.</summary>
    public void Invalidate() => Interlocked.Increment(ref _version);

    /// <summary>The stream is another's now.</summary>
    public void ReleaseOwnership()
    {
        lock (_gate)
        {
            _ownRecord = null;
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>Returns how many bytes that freed.</summary>
    public long DropAllButLast()
    {
        lock (_gate)
            return DropFirst(_pages.Count - 1);
    }

    /// <summary>Events before a sequence are no longer kept; returns how many bytes that freed.</summary>
    public long Trim(long before)
    {
        lock (_gate)
        {
            _ownRecord = _ownRecord is null ? null : _ownRecord with { Extent = _ownRecord.Extent with { First = Math.Max(_ownRecord.Extent.First, before) } };
            return DropFirst(_pages.TakeWhile(page => page.First + page.Count <= before).Count());
        }
    }

    /// <summary>Takes nothing in any more; returns how many bytes that freed.</summary>
    public long Retire()
    {
        lock (_gate)
        {
            _isRetired = true;
            return DropFirst(_pages.Count) + Overhead;
        }
    }

    /// <summary>Returns how many bytes that freed.</summary>
    public long Clear()
    {
        lock (_gate)
            return DropFirst(_pages.Count);
    }

    private async Task<EventBatch?> LoadOnceAsync(long after, Func<HotStream, long, Task<EventBatch?>> load)
    {
        // Not under the lock of the caller.
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

    /// <summary>Index of the last page that begins at or before a sequence; -1 if none does.</summary>
    private int FindPage(long sequence)
    {
        // Most look at the end.
        if (_pages.Count > 0 && _pages[^1].First <= sequence)
            return _pages.Count - 1;
        int low = 0, high = _pages.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (_pages[middle].First <= sequence)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return high;
    }
}
