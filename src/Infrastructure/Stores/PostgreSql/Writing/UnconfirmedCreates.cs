using System.Collections.Concurrent;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>
/// Streams whose creation failed with an unknown outcome. One that exists after all would stay open as long as this node lives, so it
/// is dropped once its caller no longer retries.
/// </summary>
internal sealed class UnconfirmedCreates(TimeProvider time)
{
    private static readonly TimeSpan RetryWindow = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<Guid, long> _since = new();

    public void Add(Guid streamKey) => _since.TryAdd(streamKey, time.GetTimestamp());

    public void Remove(Guid streamKey)
    {
        // Almost always empty, and this check takes no lock.
        if (!_since.IsEmpty)
            _since.TryRemove(streamKey, out _);
    }

    /// <summary>The streams whose callers no longer retry.</summary>
    public Guid[] GetAbandoned() => [.. _since.Where(entry => time.GetElapsedTime(entry.Value) > RetryWindow).Select(entry => entry.Key)];
}
