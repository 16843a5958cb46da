namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

/// <summary>The writes that wait for the writer.</summary>
/// <remarks>
/// Its length is bounded by its callers: each generation or request waits for its write before the next one, and <c>Limits</c> bounds
/// their number.
/// </remarks>
internal sealed class SqliteWriteQueue
{
    private readonly object _gate = new();
    private readonly Queue<SqlitePendingWrite> _writes = [];
    private bool _closed;

    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    public void Add(SqlitePendingWrite write)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SqliteEventStreamStore));
            _writes.Enqueue(write);
            if (_writes.Count == 1)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Rejects further writes; those that wait can still be taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Moves the waiting writes into a group, until it is full. False when the queue is closed and empty.</summary>
    /// <param name="group">The empty list to fill.</param>
    /// <param name="wait">Whether to wait for the first write; without it the group may stay empty.</param>
    public bool Take(List<SqlitePendingWrite> group, bool wait)
    {
        lock (_gate)
        {
            while (wait && _writes.Count == 0 && !_closed)
                Monitor.Wait(_gate);
            if (_writes.Count == 0)
                return !_closed;

            for (long bytes = 0; _writes.TryPeek(out var write) && GroupLimits.Fits(group.Count, bytes, write.Bytes); bytes += write.Bytes)
                group.Add(_writes.Dequeue());
            return true;
        }
    }
}
