using Npgsql;
using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Common;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>The connections of this node, and the one way to run something on them.</summary>
internal sealed class PostgreSqlDatabase : IDisposable
{
    private readonly NpgsqlDataSource _pool;
    private readonly NpgsqlDataSource _listening;

    /// <exception cref="ArgumentException">The connection string is malformed.</exception>
    public PostgreSqlDatabase(string connectionString)
    {
        var settings = PostgreSqlConnectionSettings.Complete(connectionString);
        _pool = PostgreSqlPools.Create(settings.ConnectionString, "streams");
        // A connection that listens is never handed back: the next one to get it would hear the notifications.
        settings.Pooling = false;
        _listening = PostgreSqlPools.Create(settings.ConnectionString, "streams-listening");
    }

    /// <summary>
    /// Runs something that is safe to repeat. It is repeated once, at once, when the connection turns out to be lost: one that lay
    /// in the pool while the server restarted is only found out when it is used.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database can't do it at the moment.</exception>
    public async ValueTask<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await RunOnceAsync(work, cancellationToken);
            }
            catch (Exception exception) when (PostgreSqlFaults.IsWorthRepeating(exception))
            {
                return await RunOnceAsync(work, cancellationToken);
            }
        }
        catch (Exception exception) when (PostgreSqlFaults.IsUnavailable(exception))
        {
            throw new StoreUnavailableException("PostgreSQL can't do it at the moment.", exception);
        }
    }

    /// <summary>Opens a connection of its own for a listener.</summary>
    public ValueTask<NpgsqlConnection> OpenListeningAsync(CancellationToken cancellationToken) =>
        _listening.OpenConnectionAsync(cancellationToken);

    public void Dispose()
    {
        _pool.Dispose();
        _listening.Dispose();
    }

    private async ValueTask<T> RunOnceAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await _pool.OpenConnectionAsync(cancellationToken);
        return await work(connection, cancellationToken);
    }
}
