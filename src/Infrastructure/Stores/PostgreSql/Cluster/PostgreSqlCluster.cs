using SseStreaming.Application.Cluster;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <inheritdoc cref="IStreamCluster"/>
internal sealed class PostgreSqlCluster(PostgreSqlDatabase database, NodeLease lease, ViewerReports viewers, NoticeQueue notices) : IStreamCluster
{
    public async ValueTask RenewAsync(CancellationToken cancellationToken)
    {
        // What was said under the old lease went with it.
        if (await lease.RenewAsync(cancellationToken))
            viewers.ForgetTold();
        await viewers.TellAsync().WaitAsync(cancellationToken);
    }

    /// <remarks>
    /// A stream is given to one node, and to that node again until it is closed: nobody else would, if the answer to the first call
    /// was lost.
    /// </remarks>
    public ValueTask<IReadOnlyList<StreamRecord>> TakeOverAsync(CancellationToken cancellationToken) =>
        lease.Current is { } me
            ? database.RunAsync((connection, token) => PostgreSqlClusterStatements.TakeOverAsync(connection, me, lease.Length, token), cancellationToken)
            : new([]);

    public ValueTask<bool> HasOthersAsync(CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => PostgreSqlClusterStatements.HasOthersAsync(connection, lease.Current ?? Guid.Empty, token), cancellationToken);

    public ValueTask LeaveAsync(TimeSpan viewersOnTheirWay, CancellationToken cancellationToken) =>
        lease.LeaveAsync(async held =>
        {
            await database.RunAsync(
                (connection, token) => PostgreSqlClusterStatements.LeaveAsync(connection, held, viewersOnTheirWay, token), cancellationToken);
            viewers.Clear();
        }, cancellationToken);

    public async ValueTask RequestStopAsync(StreamId streamId, CancellationToken cancellationToken) =>
        await database.RunAsync(
            (connection, token) => PostgreSqlClusterStatements.RequestStopAsync(connection, streamId.ToKey(), lease.Current ?? Guid.Empty, token), cancellationToken);

    public async ValueTask ReportViewersAsync(StreamId streamId, int count, CancellationToken cancellationToken) =>
        await viewers.ReportAsync(streamId.ToKey(), count).WaitAsync(cancellationToken);

    public ValueTask<int> CountViewersElsewhereAsync(StreamId streamId, CancellationToken cancellationToken) =>
        database.RunAsync(
            (connection, token) => PostgreSqlClusterStatements.CountViewersAsync(connection, streamId.ToKey(), lease.Current ?? Guid.Empty, token), cancellationToken);

    public IAsyncEnumerable<ClusterNotice> ListenAsync(CancellationToken cancellationToken) => notices.ReadAsync(cancellationToken);
}
