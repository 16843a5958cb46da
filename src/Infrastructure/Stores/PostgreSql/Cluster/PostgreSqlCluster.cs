using SseStreaming.Application.Cluster;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>The nodes that share a PostgreSQL database.</summary>
internal sealed class PostgreSqlCluster(PostgreSqlDatabase database, NodeLease lease, ViewerReports viewers, NoticeQueue notices) : IStreamCluster
{
    private const int MaxAttempts = 4;

    public async ValueTask RenewAsync(CancellationToken cancellationToken)
    {
        // The reports under a lost lease were deleted with it.
        if (await lease.RenewAsync(cancellationToken))
            viewers.ResendAll();
        await viewers.SendPendingAsync().WaitAsync(cancellationToken);
    }

    /// <remarks>Returns a stream to its new owner again until its first append, because the answer to the first call may have been lost.</remarks>
    public ValueTask<IReadOnlyList<TakenStream>> TakeOverAsync(CancellationToken cancellationToken) =>
        lease.OwnerId is { } ownerId
            ? database.RunAsync((connection, token) => PostgreSqlClusterStatements.TakeOverAsync(connection, ownerId, lease.Duration, token), cancellationToken)
            : new([]);

    public async ValueTask<TakenStream?> TakeAsync(StreamId streamId, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var ownerId = await lease.GetOrAcquireAsync(cancellationToken);
            var taken = await database.RunAsync(
                (connection, token) => PostgreSqlClusterStatements.TakeAsync(connection, streamId, ownerId, lease.NodeTag, token), cancellationToken);
            if (taken is not { } found)
                return null;
            if (found.Stream.Record.Ending is not null || found.OwnerId == ownerId)
                return found.Stream;
            if (attempt == MaxAttempts)
                throw PostgreSqlFaults.Translate(new TimeoutException("The stream was not taken."));
            // Without its lease a node owns nothing. Or another node has taken the stream between the two statements.
            await lease.RenewAsync(cancellationToken);
        }
    }

    public ValueTask<HandOverTarget> FindHandOverTargetAsync(CancellationToken cancellationToken) =>
        database.RunAsync(
            (connection, token) => PostgreSqlClusterStatements.FindHandOverTargetAsync(connection, lease.OwnerId ?? Guid.Empty, token), cancellationToken);

    public async ValueTask HandOverAsync(StreamId streamId, CancellationToken cancellationToken) =>
        await database.RunAsync(
            (connection, token) => PostgreSqlClusterStatements.HandOverAsync(
                connection, streamId.ToUuid(), lease.OwnerId ?? Guid.Empty, lease.NodeTag, token),
            cancellationToken);

    public ValueTask<int> CountHandedOverAsync(CancellationToken cancellationToken) =>
        database.RunAsync(
            (connection, token) => PostgreSqlClusterStatements.CountHandedOverAsync(connection, lease.OwnerId ?? Guid.Empty, token), cancellationToken);

    public ValueTask<bool> HasOthersAsync(CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => PostgreSqlClusterStatements.HasOthersAsync(connection, lease.OwnerId ?? Guid.Empty, token), cancellationToken);

    public ValueTask LeaveAsync(TimeSpan reconnectWindow, CancellationToken cancellationToken) =>
        lease.ReleaseAsync(async ownerId =>
        {
            await database.RunAsync(
                (connection, token) => PostgreSqlClusterStatements.LeaveAsync(connection, ownerId, reconnectWindow, token), cancellationToken);
            viewers.Clear();
        }, cancellationToken);

    public async ValueTask RequestStopAsync(StreamId streamId, CancellationToken cancellationToken) =>
        await database.RunAsync(
            (connection, token) => PostgreSqlClusterStatements.RequestStopAsync(connection, streamId.ToUuid(), token), cancellationToken);

    public async ValueTask ReportViewersAsync(StreamId streamId, int count, CancellationToken cancellationToken) =>
        await viewers.ReportAsync(streamId.ToUuid(), count).WaitAsync(cancellationToken);

    public ValueTask<int> CountViewersElsewhereAsync(StreamId streamId, CancellationToken cancellationToken) =>
        database.RunAsync(
            (connection, token) => PostgreSqlClusterStatements.CountViewersAsync(connection, streamId.ToUuid(), lease.OwnerId ?? Guid.Empty, token),
            cancellationToken);

    public IAsyncEnumerable<ClusterNotice> ListenAsync(CancellationToken cancellationToken) => notices.ReadAsync(cancellationToken);
}
