using System.Collections.Concurrent;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>
/// Streams whose creation failed with an unknown outcome. If one does exist, nobody knows of it: it would stay open for as long as
/// this node lives. Its caller may still try again for a while, so they are only given up after that.
/// </summary>
internal sealed class UnconfirmedCreates(TimeProvider time)
{
    private static readonly TimeSpan RetryWindow = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<Guid, long> _since = new();

    public void Add(Guid stream) => _since.TryAdd(stream, time.GetTimestamp());

    public void Remove(Guid stream)
    {
        // Almost always there are none, and then this is one look.
        if (!_since.IsEmpty)
            _since.TryRemove(stream, out _);
    }

    /// <summary>Those that nobody tries again.</summary>
    public Guid[] Abandoned() => [.. _since.Where(entry => time.GetElapsedTime(entry.Value) > RetryWindow).Select(entry => entry.Key)];
}
