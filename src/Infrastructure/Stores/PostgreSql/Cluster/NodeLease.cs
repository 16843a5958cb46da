using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>
/// The lease of this node: a row whose id owns all streams that are created under it. The clock of the database decides whether it has
/// expired, and the absence of the row shows that it was lost.
/// </summary>
internal sealed partial class NodeLease(PostgreSqlDatabase database, IOptions<StreamsOptions> options, ILogger<NodeLease> logger) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private HeldId? _held;

    /// <summary>Identifies this process in notifications. Unlike the owner id it never changes.</summary>
    public string NodeTag { get; } = Guid.NewGuid().ToString("N")[..12];

    /// <summary>
    /// Owner of the streams of this node, regenerated with each lease, so that a stale node is fenced; <see langword="null"/> without a
    /// lease.
    /// </summary>
    public Guid? OwnerId => Volatile.Read(ref _held)?.Value;

    public TimeSpan Duration => options.Value.Lease;

    /// <summary>Renews the lease, or acquires one if there is none or it has been lost; true if it is a new one.</summary>
    public async ValueTask<bool> RenewAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (OwnerId is { } ownerId)
            {
                if (await database.RunAsync(
                    (connection, token) => PostgreSqlClusterStatements.RenewLeaseAsync(connection, ownerId, Duration, token), cancellationToken))
                    return false;
                // Another node owns the streams of this id now, so it must not be used again.
                Volatile.Write(ref _held, null);
                Log.Lost(logger);
            }
            var newId = Guid.NewGuid();
            await database.RunAsync(
                (connection, token) => PostgreSqlClusterStatements.AcquireLeaseAsync(connection, newId, Duration, token), cancellationToken);
            Volatile.Write(ref _held, new HeldId(newId));
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The owner id for a new stream, from a new lease if there is none.</summary>
    public async ValueTask<Guid> GetOrAcquireAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (OwnerId is { } ownerId)
                return ownerId;
            await RenewAsync(cancellationToken);
        }
    }

    /// <summary>Gives up the lease after a callback has removed it from the database.</summary>
    public async ValueTask ReleaseAsync(Func<Guid, ValueTask> remove, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (OwnerId is not { } ownerId)
                return;
            await remove(ownerId);
            Volatile.Write(ref _held, null);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>A reference, which unlike a <see cref="Guid"/> is replaced atomically.</summary>
    private sealed record HeldId(Guid Value);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "This node lost its lease: another node owns its running streams now")]
        public static partial void Lost(ILogger logger);
    }
}
