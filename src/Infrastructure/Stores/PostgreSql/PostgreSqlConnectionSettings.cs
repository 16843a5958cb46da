using Npgsql;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>What a connection string leaves open, as this server wants it. What it says stands.</summary>
internal static class PostgreSqlConnectionSettings
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
        // The frequent statements are prepared explicitly. Auto-preparation in Npgsql 10.0.0 and 10.0.3 takes the answer to one statement
        // for that of another after a statement failed (github.com/npgsql/npgsql/issues/6391).
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
