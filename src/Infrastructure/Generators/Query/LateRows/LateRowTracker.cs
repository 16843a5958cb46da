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
    private Horizon? _scanHorizon;

    /// <summary>The deleted row that was read last, until it is settled: transactions of its time may still insert lower keys.</summary>
    private SeenRow? _lastDeleted;

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
        // The keys of deleted rows are not in the checkpoint.
        if (remembers && !Floor.Equals(Head))
            _lastDeleted = new SeenRow(time.GetTimestamp(), ulong.MaxValue, _scan);
    }

    /// <summary>Rows with this key or a lower one can't appear any more.</summary>
    public object Floor { get; private set; }

    /// <summary>The highest key that was read.</summary>
    public object Head { get; private set; }

    /// <summary>Number of rows that are remembered.</summary>
    public int Count => _seen.Count;

    /// <summary>True if lower keys than the head may still appear, so that scans are needed.</summary>
    public bool NeedsScan => _seen.Count > 0 || _lastDeleted is not null;

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
        _scanHorizon = null;
        IsBlocked = false;
        _scanned.Clear();
    }

    /// <summary>Records the transactions at the time of a read of the scan, which may have no rows.</summary>
    /// <remarks>A transaction that ends between two reads may have rows that the first read did not see: the first one counts.</remarks>
    public void AddRead(Horizon horizon) => _scanHorizon ??= horizon;

    /// <summary>Adds the next row between floor and head; true if it is late.</summary>
    public bool IsLate(Row row, Horizon horizon)
    {
        AddRead(horizon);
        _scanned.Add(row.Key);
        if (!_seen.TryGetValue(row.Key, out var seen))
        {
            Remember(row.Key, horizon);
            return true;
        }
        if (IsSettled(seen))
        {
            Floor = row.Key;
            _scanned.ForEach(key => _seen.Remove(key));
            _scanned.Clear();
        }
        else
        {
            IsBlocked |= IsOld(seen);
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
            if (seen.LastScan == _scan)
                continue;
            _seen.Remove(key);
            if (_lastDeleted is not { } last || seen.FirstReadAt >= last.FirstReadAt)
                _lastDeleted = seen;
        }
        if (_lastDeleted is { } deleted)
            _lastDeleted = IsSettled(deleted) ? null : deleted with { NextTransaction = Math.Min(deleted.NextTransaction, _scanHorizon?.Next ?? ulong.MaxValue) };
        RestartKeyList(_scanned);
        _scanned.Clear();
    }

    /// <summary>The state as a checkpoint; null if that is too long. During a scan it has the floor and the keys from before the scan.</summary>
    public string? WriteCheckpoint(QueryCheckpointFormat format) => format.Write(_floorAndKeys, Head);

    private bool IsOld(SeenRow seen) => _time.GetElapsedTime(seen.FirstReadAt, _scanStartedAt) >= _lateWindow;

    private bool IsSettled(SeenRow seen) => IsOld(seen) && seen.NextTransaction <= _scanHorizon?.Oldest;

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
