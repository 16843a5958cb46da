namespace SseStreaming.Application.Common;

/// <summary>An asynchronous lock for each key. A key takes memory only while it is locked or waited for.</summary>
internal sealed class KeyedLock
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Waits for the lock of a key. Dispose the result to release it.</summary>
    public async ValueTask<IDisposable> LockAsync(string key, CancellationToken cancellationToken)
    {
        var entry = AddUser(key);
        try
        {
            await entry.Semaphore.WaitAsync(cancellationToken);
        }
        catch
        {
            RemoveUser(key, entry);
            throw;
        }
        return new Releaser(this, key, entry);
    }

    private Entry AddUser(string key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var entry))
                _entries[key] = entry = new Entry();
            entry.Users++;
            return entry;
        }
    }

    private void RemoveUser(string key, Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Users > 0)
                return;
            _entries.Remove(key);
        }
        entry.Semaphore.Dispose();
    }

    private sealed class Entry
    {
        public SemaphoreSlim Semaphore { get; } = new(1);

        /// <summary>Callers that hold the lock or wait for it.</summary>
        public int Users { get; set; }
    }

    private sealed class Releaser(KeyedLock owner, string key, Entry entry) : IDisposable
    {
        public void Dispose()
        {
            entry.Semaphore.Release();
            owner.RemoveUser(key, entry);
        }
    }
}
