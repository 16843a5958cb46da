using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>Opens connections to the database file.</summary>
internal sealed class SqliteConnectionFactory(string path, SqliteOptions options)
{
    /// <summary>
    /// The log size at which SQLite itself runs a checkpoint within a commit. It is far above the writer's own threshold, so it only
    /// applies when the writer's checkpoints fail.
    /// </summary>
    private const int AutomaticCheckpointPages = 32_768;

    /// <summary>The size to which the log is truncated after a burst.</summary>
    private const int MaxIdleLogBytes = 64 * 1024 * 1024;

    /// <summary>Opens the one connection that writes.</summary>
    /// <param name="createIfMissing">
    /// True only at the start: a file that is deleted later is a fault, and must not be replaced by an empty one.
    /// </param>
    public SqliteSession OpenForWriting(bool createIfMissing)
    {
        var session = Open(createIfMissing ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite);
        try
        {
            // With a write-ahead log, readers and the writer do not block each other, and a commit is one sequential write.
            if (session.Scalar("pragma journal_mode = wal") is not "wal")
                throw new NotSupportedException("The file system does not support a write-ahead log.");
            session.Execute(Invariant($"pragma synchronous = {options.Synchronous}"));
            session.Execute(Invariant($"pragma wal_autocheckpoint = {AutomaticCheckpointPages}"));
            session.Execute(Invariant($"pragma journal_size_limit = {MaxIdleLogBytes}"));
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
            // In whole seconds, at least one. Within it the library polls every 150 ms; SQLite's own busy_timeout starts with 1 ms.
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
