using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SseStreaming.Application.Cluster;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>
/// The notices that wait for the one reader. A notice that already waits is not queued again, so the queue never has more than two for
/// each stream of this node, and one for those that other nodes handed over.
/// </summary>
internal sealed class NoticeQueue
{
    private readonly Channel<ClusterNotice> _queue = Channel.CreateUnbounded<ClusterNotice>(new() { SingleReader = true });
    private readonly HashSet<ClusterNotice> _waiting = [];
    private readonly Lock _gate = new();

    public void Add(ClusterNotice notice)
    {
        lock (_gate)
        {
            if (_waiting.Add(notice))
                _queue.Writer.TryWrite(notice);
        }
    }

    public async IAsyncEnumerable<ClusterNotice> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var notice in _queue.Reader.ReadAllAsync(cancellationToken))
        {
            // Before the reader handles it: an equal notice that arrives from now on is a new one.
            lock (_gate)
                _waiting.Remove(notice);
            yield return notice;
        }
    }
}
