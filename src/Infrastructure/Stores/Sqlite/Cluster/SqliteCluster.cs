using System.Runtime.CompilerServices;
using SseStreaming.Application.Cluster;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Cluster;

/// <summary>
/// A single-node cluster, because the lock on the data folder excludes other nodes. It takes over the streams that earlier processes
/// left open, once.
/// </summary>
internal sealed class SqliteCluster(SqliteDatabase database, TimeProvider time) : IStreamCluster, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private bool _tookOver;

    public ValueTask RenewAsync(CancellationToken cancellationToken) => default;

    public async ValueTask<IReadOnlyList<TakenStream>> TakeOverAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_tookOver)
                return [];
            // By key, not by owner: a retry after a failure with an unknown outcome then finds the same streams.
            var taken = await database.Writer.WriteAsync(
                session => SqliteClusterStatements.TakeOver(session, database.OwnerId, database.LastEarlierKey), cancellationToken);
            _tookOver = true;
            return taken;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask<TakenStream?> TakeAsync(StreamId streamId, CancellationToken cancellationToken) =>
        await database.Writer.WriteAsync(session => SqliteClusterStatements.Take(session, database.OwnerId, streamId), cancellationToken);

    public ValueTask<HandOverTarget> FindHandOverTargetAsync(CancellationToken cancellationToken) => new(HandOverTarget.NextNode);

    public async ValueTask HandOverAsync(StreamId streamId, CancellationToken cancellationToken) =>
        await database.Writer.WriteAsync(session => SqliteClusterStatements.HandOver(session, streamId, database.OwnerId), cancellationToken);

    /// <summary>Zero: the next process can take a stream only after this one has ended.</summary>
    public ValueTask<int> CountHandedOverAsync(CancellationToken cancellationToken) => new(0);

    public ValueTask<bool> HasOthersAsync(CancellationToken cancellationToken) => new(false);

    public ValueTask LeaveAsync(TimeSpan reconnectWindow, CancellationToken cancellationToken) => default;

    public async ValueTask RequestStopAsync(StreamId streamId, CancellationToken cancellationToken) =>
        await database.Writer.WriteAsync(session => SqliteClusterStatements.RequestStop(session, streamId), cancellationToken);

    public ValueTask ReportViewersAsync(StreamId streamId, int count, CancellationToken cancellationToken) => default;

    public ValueTask<int> CountViewersElsewhereAsync(StreamId streamId, CancellationToken cancellationToken) => new(0);

    public async IAsyncEnumerable<ClusterNotice> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        yield break;
    }

    public void Dispose() => _gate.Dispose();
}
