using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SseStreaming.Application.Cluster;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>
/// Notices on their way to the cluster's one listener. A notice that still waits is not queued again, so that there are never more
/// than two for each stream that this node owns.
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
            // Before it is handed out: one that comes from here on is a further one.
            lock (_gate)
                _waiting.Remove(notice);
            yield return notice;
        }
    }
}
