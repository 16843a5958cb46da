using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>Opens connections to the database file.</summary>
internal sealed class SqliteConnectionFactory(string path, SqliteOptions options)
{
    /// <summary>
    /// When SQLite moves the log into the database by itself, within a commit that somebody waits for. The writer does it
    /// earlier, and while nobody waits; this is what holds if it can't.
    /// </summary>
    private const int AutomaticCheckpointPages = 32_768;

    /// <summary>To what the log is cut back after a burst made it larger.</summary>
    private const int KeptLogBytes = 64 * 1024 * 1024;

    /// <summary>The one connection that writes.</summary>
    /// <param name="isFirst">
    /// Makes the file if there is none. Only at the start: one that vanishes later is a fault, not a reason to begin anew.
    /// </param>
    public SqliteSession OpenForWriting(bool isFirst)
    {
        var session = Open(isFirst ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite);
        try
        {
            // Readers then never wait for the writer, nor it for them, and a commit is one sequential write.
            if (session.Scalar("pragma journal_mode = wal") is not "wal")
                throw new NotSupportedException("the file system can't hold a write-ahead log");
            session.Execute(Invariant($"pragma synchronous = {options.Synchronous}"));
            session.Execute(Invariant($"pragma wal_autocheckpoint = {AutomaticCheckpointPages}"));
            session.Execute(Invariant($"pragma journal_size_limit = {KeptLogBytes}"));
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public SqliteSession OpenForReading() => Open(SqliteOpenMode.ReadOnly);

    private SqliteSession Open(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            // Seconds, and no less; the library polls every 150 ms within it, where SQLite's own wait below begins with 1 ms.
            DefaultTimeout = 1,
        }.ConnectionString);
        var session = new SqliteSession(connection);
        try
        {
            connection.Open();
            session.Execute(Invariant($"pragma busy_timeout = {(int)options.BusyTimeout.TotalMilliseconds}"));
            session.Execute(Invariant($"pragma cache_size = {-options.CacheBytes / 1024}"));
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
