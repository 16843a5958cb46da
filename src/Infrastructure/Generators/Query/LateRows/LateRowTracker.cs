using SseStreaming.Infrastructure.Generators.Query.Databases;

namespace SseStreaming.Infrastructure.Generators.Query.LateRows;

/// <summary>
/// Knows which rows were given already, as far back as lower keys may still come: a key is drawn before its transaction commits,
/// so rows become visible in another order than that of their keys.
/// </summary>
/// <remarks>
/// <para>
/// Rows after the <see cref="Head"/> are new. Between the <see cref="Floor"/> and the head, what was given is remembered, and
/// everything is read again from time to time: what is there then and was not given is late, and given now.
/// </para>
/// <para>
/// A row is settled when it was first seen long enough ago, and all transactions have ended that were open then. Whoever drew a
/// lower key had begun by then, and has ended: so below a settled row nothing can come any more, and the floor moves up to it.
/// Both count at the first read of a pass: what ends between two reads of it has rows where the first one did not see them yet.
/// </para>
/// </remarks>
internal sealed class LateRowTracker(object first, TimeSpan late, TimeProvider time)
{
    private readonly Dictionary<object, SeenRow> _seen = [];
    private readonly List<object> _scanned = [];
    private int _scan;
    private long _scanStartedAt;
    private ulong? _ended;

    /// <summary>No row at or below can still appear.</summary>
    public object Floor { get; private set; } = first;

    /// <summary>The highest key that was given.</summary>
    public object Head { get; private set; } = first;

    /// <summary>Rows that are remembered.</summary>
    public int Count => _seen.Count;

    /// <summary>True if the last pass met a row that waits for a transaction, and for nothing else.</summary>
    public bool IsBlocked { get; private set; }

    /// <summary>Takes a row from after the head.</summary>
    public void AddNew(Row row, Horizon horizon)
    {
        Head = row.Key;
        if (late > TimeSpan.Zero)
            _seen[row.Key] = new SeenRow(time.GetTimestamp(), horizon.Next, _scan);
        else
            Floor = row.Key;
    }

    /// <summary>Begins to go through everything between floor and head once more.</summary>
    public void BeginScan()
    {
        _scan++;
        _scanStartedAt = time.GetTimestamp();
        _ended = null;
        IsBlocked = false;
        _scanned.Clear();
    }

    /// <summary>Takes the next row between floor and head; true if it is late, and to be given.</summary>
    public bool IsLate(Row row, Horizon horizon)
    {
        _ended ??= horizon.Oldest;
        _scanned.Add(row.Key);
        if (!_seen.TryGetValue(row.Key, out var seen))
        {
            _seen[row.Key] = new SeenRow(time.GetTimestamp(), horizon.Next, _scan);
            return true;
        }
        var isOld = time.GetElapsedTime(seen.At, _scanStartedAt) >= late;
        if (isOld && seen.Next <= _ended)
        {
            Floor = row.Key;
            _scanned.ForEach(key => _seen.Remove(key));
            _scanned.Clear();
        }
        else
        {
            IsBlocked |= isOld;
            _seen[row.Key] = seen with { Scan = _scan };
        }
        return false;
    }

    /// <summary>Ends a pass that got to the head: rows that it did not meet are deleted, and need not be remembered.</summary>
    public void EndScan()
    {
        foreach (var (key, seen) in _seen)
        {
            if (seen.Scan != _scan)
                _seen.Remove(key);
        }
        _scanned.Clear();
    }

    /// <summary>When a row was seen first, below which transaction all writers were then, and which pass met it last.</summary>
    private readonly record struct SeenRow(long At, ulong Next, int Scan);
}
