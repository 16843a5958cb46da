using System.Net.Sockets;
using Npgsql;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>Tells faults that pass from those that don't.</summary>
internal static class PostgreSqlFaults
{
    /// <summary>True if the same command may well succeed later: the server is away, overloaded, out of disk or failing over.</summary>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        PostgresException fault => IsUnavailable(fault.SqlState),
        // Refused connections, broken ones, time-outs, an exhausted pool.
        NpgsqlException or SocketException or IOException or TimeoutException => true,
        _ => false,
    };

    /// <summary>True if the connection was lost, or the transaction was undone, without a word on the command itself.</summary>
    public static bool IsWorthRepeating(Exception exception) => exception switch
    {
        PostgresException fault => fault.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            || fault.SqlState.StartsWith("40", StringComparison.Ordinal),
        NpgsqlException { InnerException: TimeoutException or SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => false,
        NpgsqlException { InnerException: IOException or SocketException } => true,
        _ => false,
    };

    private static bool IsUnavailable(string sqlState) =>
        sqlState.Length == 5 && sqlState[..2] is
            "08" // connection
            or "28" // who may log in: passes when the password that was rotated is there
            or "40" // undone: deadlock, serialization
            or "53" // out of disk, memory, connections
            or "57" // stopping, starting, cancelled
            or "58" // the system below PostgreSQL
        || sqlState is PostgresErrorCodes.LockNotAvailable
            // A standby, while it is not the primary yet.
            or PostgresErrorCodes.ReadOnlySqlTransaction;
}
