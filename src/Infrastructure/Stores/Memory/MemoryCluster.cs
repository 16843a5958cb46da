using System.Runtime.CompilerServices;
using SseStreaming.Application.Cluster;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Memory;

/// <summary>A single-node cluster, because no other process can reach this store; every operation is a no-op.</summary>
internal sealed class MemoryCluster(MemoryEventStreamStore store) : IStreamCluster
{
    public ValueTask RenewAsync(CancellationToken cancellationToken) => default;

    public ValueTask<IReadOnlyList<TakenStream>> TakeOverAsync(CancellationToken cancellationToken) => new([]);

    public ValueTask<TakenStream?> TakeAsync(StreamId streamId, CancellationToken cancellationToken) => new(store.Take(streamId));

    public ValueTask<HandOverTarget> FindHandOverTargetAsync(CancellationToken cancellationToken) => new(HandOverTarget.None);

    public ValueTask HandOverAsync(StreamId streamId, CancellationToken cancellationToken) => default;

    public ValueTask<int> CountHandedOverAsync(CancellationToken cancellationToken) => new(0);

    public ValueTask<bool> HasOthersAsync(CancellationToken cancellationToken) => new(false);

    public ValueTask LeaveAsync(TimeSpan reconnectWindow, CancellationToken cancellationToken) => default;

    public ValueTask RequestStopAsync(StreamId streamId, CancellationToken cancellationToken) => default;

    public ValueTask ReportViewersAsync(StreamId streamId, int count, CancellationToken cancellationToken) => default;

    public ValueTask<int> CountViewersElsewhereAsync(StreamId streamId, CancellationToken cancellationToken) => new(0);

    public async IAsyncEnumerable<ClusterNotice> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        yield break;
    }
}
