using Npgsql;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>What a connection string leaves open, as this server wants it. What it says stands.</summary>
internal static class PostgreSqlSettings
{
    public static NpgsqlConnectionStringBuilder Complete(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var given = settings.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
        Set("Application Name", () => settings.ApplicationName = "SseStreaming");
        // Seconds. Nothing waits for long for a server that does not answer: who waits can be told, and ask again.
        Set("Timeout", () => settings.Timeout = 5);
        Set("Command Timeout", () => settings.CommandTimeout = 10);
        // PostgreSQL lets 100 connections in, unless told otherwise: that is several nodes, and somebody who looks.
        Set("Maximum Pool Size", () => settings.MaxPoolSize = 20);
        Set("TCP Keepalive", () => settings.TcpKeepAlive = true);
        // Statements are prepared by name where that counts. Npgsql 10.0.0, when it does so by itself, loses count of a statement
        // that fails while it is being prepared, and then takes the next answer for that of another one.
        settings.MaxAutoPrepare = 0;
        // No command changes the state of its session, so there is nothing to undo before the next one.
        settings.NoResetOnClose = true;
        return settings;

        void Set(string key, Action set)
        {
            if (!given.Contains(key))
                set();
        }
    }
}
