using System.Runtime.CompilerServices;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Sqlite.Reading;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Cluster;

/// <summary>
/// A cluster of one: the lock on the data folder sees to it that there is no other node. What earlier processes left open is
/// taken over once.
/// </summary>
internal sealed class SqliteCluster(SqliteDatabase database, TimeProvider time) : IStreamCluster, IDisposable
{
    private readonly SemaphoreSlim _takingOver = new(1);
    private bool _tookOver;

    public ValueTask RenewAsync(CancellationToken cancellationToken) => default;

    public async ValueTask<IReadOnlyList<StreamRecord>> TakeOverAsync(CancellationToken cancellationToken)
    {
        await _takingOver.WaitAsync(cancellationToken);
        try
        {
            if (_tookOver)
                return [];
            // By key and not by owner: when a first try failed but took place, the next one finds the same streams.
            var taken = await database.Writer.WriteAsync(
                session => SqliteStreamRow.TakeOver(session, database.Owner, database.LastEarlierKey), cancellationToken);
            _tookOver = true;
            return taken;
        }
        finally
        {
            _takingOver.Release();
        }
    }

    public ValueTask<bool> HasOthersAsync(CancellationToken cancellationToken) => new(false);

    public ValueTask LeaveAsync(TimeSpan reconnectWindow, CancellationToken cancellationToken) => default;

    public ValueTask RequestStopAsync(StreamId streamId, CancellationToken cancellationToken) => default;

    public ValueTask ReportViewersAsync(StreamId streamId, int count, CancellationToken cancellationToken) => default;

    public ValueTask<int> CountViewersElsewhereAsync(StreamId streamId, CancellationToken cancellationToken) => new(0);

    public async IAsyncEnumerable<ClusterNotice> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        yield break;
    }

    public void Dispose() => _takingOver.Dispose();
}
