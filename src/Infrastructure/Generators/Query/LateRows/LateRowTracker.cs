using SseStreaming.Infrastructure.Generators.Query.Checkpoints;
using SseStreaming.Infrastructure.Generators.Query.Databases;

namespace SseStreaming.Infrastructure.Generators.Query.LateRows;

/// <summary>
/// Remembers which rows were read, as far back as lower keys may still appear. A key is drawn before its transaction commits, so
/// rows become visible in another order than that of their keys.
/// </summary>
/// <remarks>
/// <para>
/// Rows above the <see cref="Head"/> are new. The rows between the <see cref="Floor"/> and the head are remembered and read again
/// in scans: a row that is not remembered is late.
/// </para>
/// <para>
/// A row is settled once the late window has passed since it was first read, and all transactions of that moment have ended: they
/// include all that may have drawn a lower key. The floor moves up to settled rows (docs/decisions/0009-late-commits.md).
/// </para>
/// </remarks>
internal sealed class LateRowTracker
{
    private readonly TimeSpan _lateWindow;
    private readonly TimeProvider _time;
    private readonly Dictionary<object, SeenRow> _seen = [];
    private readonly KeyList _floorAndKeys;
    private readonly List<object> _scanned = [];
    private int _scan;
    private long _scanStartedAt;
    private ulong? _oldestTransaction;

    /// <summary>Rows of the checkpoint count as first read now: they settle later than without the interruption, never earlier.</summary>
    public LateRowTracker(QueryCheckpoint checkpoint, TimeSpan lateWindow, TimeProvider time)
    {
        _lateWindow = lateWindow;
        _time = time;
        _floorAndKeys = KeyList.Create(checkpoint.Floor);
        var remembers = lateWindow > TimeSpan.Zero;
        Floor = remembers ? checkpoint.Floor : checkpoint.Head;
        Head = checkpoint.Head;
        var keys = remembers ? checkpoint.Keys : [];
        RestartKeyList(keys);
        foreach (var key in keys)
            _seen[key] = new SeenRow(time.GetTimestamp(), ulong.MaxValue, _scan);
    }

    /// <summary>Rows with this key or a lower one can't appear any more.</summary>
    public object Floor { get; private set; }

    /// <summary>The highest key that was read.</summary>
    public object Head { get; private set; }

    /// <summary>Number of rows that are remembered.</summary>
    public int Count => _seen.Count;

    /// <summary>True if the last scan met a row that is older than the late window, but waits for a transaction.</summary>
    public bool IsBlocked { get; private set; }

    /// <summary>Adds a row from above the head.</summary>
    public void AddNew(Row row, Horizon horizon)
    {
        Head = row.Key;
        if (_lateWindow > TimeSpan.Zero)
        {
            Remember(row.Key, horizon);
        }
        else
        {
            Floor = row.Key;
            RestartKeyList([]);
        }
    }

    /// <summary>Begins a scan of the rows between floor and head.</summary>
    public void BeginScan()
    {
        _scan++;
        _scanStartedAt = _time.GetTimestamp();
        _oldestTransaction = null;
        IsBlocked = false;
        _scanned.Clear();
    }

    /// <summary>Adds the next row between floor and head; true if it is late.</summary>
    public bool IsLate(Row row, Horizon horizon)
    {
        // A transaction that ends between two reads of a scan may have rows that the first read did not see: the first one counts.
        _oldestTransaction ??= horizon.Oldest;
        _scanned.Add(row.Key);
        if (!_seen.TryGetValue(row.Key, out var seen))
        {
            Remember(row.Key, horizon);
            return true;
        }
        var isOld = _time.GetElapsedTime(seen.FirstReadAt, _scanStartedAt) >= _lateWindow;
        if (isOld && seen.NextTransaction <= _oldestTransaction)
        {
            Floor = row.Key;
            _scanned.ForEach(key => _seen.Remove(key));
            _scanned.Clear();
        }
        else
        {
            IsBlocked |= isOld;
            // A row of a checkpoint gets the transactions of its first scan.
            _seen[row.Key] = seen with { LastScan = _scan, NextTransaction = Math.Min(seen.NextTransaction, horizon.Next) };
        }
        return false;
    }

    /// <summary>Ends a complete scan. Rows that it did not meet are deleted, and need not be remembered.</summary>
    public void EndScan()
    {
        foreach (var (key, seen) in _seen)
        {
            if (seen.LastScan != _scan)
                _seen.Remove(key);
        }
        RestartKeyList(_scanned);
        _scanned.Clear();
    }

    /// <summary>The state as a checkpoint; null if that is too long. During a scan it has the floor and the keys from before the scan.</summary>
    public string? WriteCheckpoint(QueryCheckpointFormat format) => format.Write(_floorAndKeys, Head);

    private void Remember(object key, Horizon horizon)
    {
        _seen[key] = new SeenRow(_time.GetTimestamp(), horizon.Next, _scan);
        _floorAndKeys.Add(key);
    }

    private void RestartKeyList(IEnumerable<object> keys)
    {
        _floorAndKeys.Restart(Floor);
        foreach (var key in keys)
            _floorAndKeys.Add(key);
    }

    /// <param name="FirstReadAt">When the row was first read.</param>
    /// <param name="NextTransaction">All transactions of that moment had lower numbers.</param>
    /// <param name="LastScan">The last scan that met the row.</param>
    private readonly record struct SeenRow(long FirstReadAt, ulong NextTransaction, int LastScan);
}
