using Npgsql;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>A connection string with this server's defaults for the keywords that it lacks.</summary>
internal static class PostgreSqlConnectionSettings
{
    /// <exception cref="ArgumentException">The connection string is malformed.</exception>
    public static NpgsqlConnectionStringBuilder Create(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var given = settings.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
        SetDefault("Application Name", () => settings.ApplicationName = "SseStreaming");
        // In seconds. Short, because every caller can retry and none should wait long for a server that does not answer.
        SetDefault("Timeout", () => settings.Timeout = 5);
        SetDefault("Command Timeout", () => settings.CommandTimeout = 10);
        // PostgreSQL accepts 100 connections by default, which is then enough for several nodes and an administrator.
        SetDefault("Maximum Pool Size", () => settings.MaxPoolSize = 20);
        SetDefault("TCP Keepalive", () => settings.TcpKeepAlive = true);
        // In effect only after a fault (PostgreSqlDatabase). Each check holds up all commands for Timeout while an earlier host drops
        // packets: with 1 s no command ran in 27 of 40 s, with 10 s in 13.
        SetDefault("Host Recheck Seconds", () => settings.HostRecheckSeconds = 3600);
        // The frequent statements are prepared explicitly. Auto-preparation in Npgsql 10.0.0 and 10.0.3 takes the answer to one statement
        // for that of another after a statement failed (github.com/npgsql/npgsql/issues/6391).
        settings.MaxAutoPrepare = 0;
        // No command changes the state of its session, so there is nothing to reset.
        settings.NoResetOnClose = true;
        return settings;

        void SetDefault(string keyword, Action set)
        {
            if (!given.Contains(keyword))
                set();
        }
    }
}
