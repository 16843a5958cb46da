using Npgsql;
using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Common;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>The connections of this node.</summary>
internal sealed class PostgreSqlDatabase : IDisposable
{
    private readonly NpgsqlDataSource _pool;
    private readonly NpgsqlDataSource _listening;
    private readonly StoreOutageLog _outages;

    /// <exception cref="ArgumentException">The connection string is malformed.</exception>
    public PostgreSqlDatabase(string connectionString, StoreOutageLog outages)
    {
        _outages = outages;
        var settings = PostgreSqlConnectionSettings.Create(connectionString);
        _pool = PostgreSqlPools.Create(settings.ConnectionString, "streams");
        // A connection that listens is never returned to a pool, because its next user would receive the notifications.
        settings.Pooling = false;
        _listening = PostgreSqlPools.Create(settings.ConnectionString, "streams-listening");
    }

    /// <summary>
    /// Runs work that is safe to repeat. It is repeated once, without a delay, if the connection was lost: a pooled connection that broke
    /// while the server restarted is only noticed when it is used.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database is unavailable.</exception>
    public async ValueTask<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            var result = await RunWithRetryAsync(work, cancellationToken);
            _outages.RecordSuccess();
            return result;
        }
        catch (Exception exception) when (PostgreSqlFaults.IsTransient(exception))
        {
            RecordFault(exception);
            throw PostgreSqlFaults.Translate(exception);
        }
    }

    /// <summary>
    /// Logs a transient fault. If it may mean a failover, the next connection finds out again which host is the primary: Npgsql remembers
    /// for <c>Host Recheck Seconds</c> that a host was a standby.
    /// </summary>
    public void RecordFault(Exception exception)
    {
        _outages.RecordFault(PostgreSqlFaults.Describe(exception));
        if (!PostgreSqlFaults.MayMeanFailover(exception))
            return;
        (_pool as NpgsqlMultiHostDataSource)?.ClearDatabaseStates();
        (_listening as NpgsqlMultiHostDataSource)?.ClearDatabaseStates();
    }

    /// <summary>Opens a connection for a listener, outside the pool.</summary>
    public ValueTask<NpgsqlConnection> OpenListeningAsync(CancellationToken cancellationToken) =>
        _listening.OpenConnectionAsync(cancellationToken);

    public void Dispose()
    {
        _pool.Dispose();
        _listening.Dispose();
    }

    private async ValueTask<T> RunWithRetryAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await RunOnceAsync(work, cancellationToken);
        }
        catch (Exception exception) when (PostgreSqlFaults.BreaksConnection(exception))
        {
            return await RunOnceAsync(work, cancellationToken);
        }
    }

    private async ValueTask<T> RunOnceAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await _pool.OpenConnectionAsync(cancellationToken);
        return await work(connection, cancellationToken);
    }
}
