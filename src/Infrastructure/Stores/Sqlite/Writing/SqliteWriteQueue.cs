namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

/// <summary>
/// What waits for the writer. Its length is bounded by those who fill it: each of them, a generation or a request, waits for
/// its write before it brings another one, and their numbers are bounded (<c>Limits</c>).
/// </summary>
internal sealed class SqliteWriteQueue
{
    /// <summary>What one transaction takes at the most, so that the first in it does not wait long for the last.</summary>
    private const int GroupWrites = 1024;
    private const long GroupBytes = 4 * 1024 * 1024;

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

    /// <summary>No more is added; what waits is still taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Takes everything that waits, up to a full group. False when the queue is closed and empty.</summary>
    /// <param name="group">Is filled.</param>
    /// <param name="wait">Whether to wait for the first; if not, the group may stay empty.</param>
    public bool Take(List<SqlitePendingWrite> group, bool wait)
    {
        lock (_gate)
        {
            while (wait && _writes.Count == 0 && !_closed)
                Monitor.Wait(_gate);
            if (_writes.Count == 0)
                return !_closed;

            for (long bytes = 0; group.Count < GroupWrites && bytes < GroupBytes && _writes.TryDequeue(out var write);)
            {
                bytes += write.Weight;
                group.Add(write);
            }
            return true;
        }
    }
}
