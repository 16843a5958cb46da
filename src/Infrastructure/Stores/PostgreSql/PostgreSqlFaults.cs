using System.Net.Sockets;
using Npgsql;
using SseStreaming.Application.Storage;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>Classifies the faults of the database.</summary>
internal static class PostgreSqlFaults
{
    /// <summary>True if the same command may succeed later: the server is away, overloaded, out of disk or failing over.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        PostgresException fault => IsTransient(fault.SqlState),
        // Refused connections, broken ones, time-outs, an exhausted pool.
        NpgsqlException or SocketException or IOException or TimeoutException => true,
        _ => false,
    };

    /// <summary>True if the connection was lost or the transaction rolled back, so that a repetition on another connection may succeed at once.</summary>
    public static bool BreaksConnection(Exception exception) => exception switch
    {
        PostgresException fault => fault.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            || fault.SqlState.StartsWith("40", StringComparison.Ordinal),
        NpgsqlException { InnerException: TimeoutException or SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => false,
        NpgsqlException { InnerException: IOException or SocketException } => true,
        _ => false,
    };

    /// <summary>True if another host may be the primary now: the server was not reached, is stopping, or does not write.</summary>
    public static bool MayMeanFailover(Exception exception) => exception is not PostgresException fault
        || fault.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or ['0', '8', ..] or ['5', '7', 'P', ..];

    /// <summary>The exception that a caller of the store gets.</summary>
    public static Exception Translate(Exception exception) =>
        IsTransient(exception) ? new StoreUnavailableException($"PostgreSQL is unavailable: {Describe(exception)}", exception) : exception;

    /// <summary>The message of a fault. If several hosts were tried, each has its own.</summary>
    public static string Describe(Exception exception) => exception is NpgsqlException { InnerException: AggregateException hosts }
        ? string.Join("; ", hosts.InnerExceptions.Select(host => host.Message))
        : exception.Message;

    private static bool IsTransient(string sqlState) =>
        sqlState.Length == 5 && sqlState[..2] is
            "08" // connection
            or "28" // authentication: passes once a rotated password is known everywhere
            or "40" // rolled back: deadlock, serialization
            or "53" // out of disk, memory, connections
            or "57" // stopping, starting, cancelled
            or "58" // the system below PostgreSQL
        || sqlState is PostgresErrorCodes.LockNotAvailable
            // A standby that has not been promoted yet.
            or PostgresErrorCodes.ReadOnlySqlTransaction;
}
