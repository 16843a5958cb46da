using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Infrastructure.Stores.Sqlite.Reading;
using SseStreaming.Infrastructure.Stores.Sqlite.Retention;
using SseStreaming.Infrastructure.Stores.Sqlite.Schema;
using SseStreaming.Infrastructure.Stores.Sqlite.Writing;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>The database of this process, open: its folder, its writer and its readers.</summary>
internal sealed partial class SqliteDatabase : IDisposable, IAsyncDisposable
{
    private readonly DataFolder _folder;
    private readonly Lazy<Task> _closing;

    private SqliteDatabase(DataFolder folder, SqliteConnectionFactory file, SqliteSession session, SqliteOptions options, StoreMetrics metrics, ILogger logger)
    {
        _folder = folder;
        LastEarlierKey = Convert.ToInt64(session.Scalar("select coalesce(max(key), 0) from streams"), CultureInfo.InvariantCulture);
        Readers = new SqliteReadPool(file, options.ReadConnections);
        Writer = new SqliteGroupWriter(file, session, Capacity, metrics, logger);
        _closing = new Lazy<Task>(() => Task.Factory.StartNew(Close, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    /// <summary>Names this process, anew at each start: who was thought dead and comes back is somebody else.</summary>
    public byte[] Owner { get; } = RandomNumberGenerator.GetBytes(16);

    /// <summary>Streams up to this key were begun by earlier processes.</summary>
    public long LastEarlierKey { get; }

    public SqliteCapacity Capacity { get; } = new();

    public SqliteReadPool Readers { get; }

    public SqliteGroupWriter Writer { get; }

    /// <exception cref="OptionsValidationException">The database can't be used.</exception>
    public static SqliteDatabase Open(string path, SqliteOptions options, StoreMetrics metrics, ILogger logger)
    {
        var folder = DataFolder.Open(path);
        SqliteSession? session = null;
        try
        {
            var file = new SqliteConnectionFactory(folder.Database, options);
            session = file.OpenForWriting(isFirst: true);
            var found = SqliteSchemaMigrator.Upgrade(session);
            if (found > 0 && found < SqliteSchemaMigrator.Version)
                Log.Upgraded(logger, found, SqliteSchemaMigrator.Version);
            Log.Opened(logger, folder.Database, options.Synchronous);
            return new SqliteDatabase(folder, file, session, options, metrics, logger);
        }
        catch (Exception exception)
        {
            session?.Dispose();
            folder.Dispose();
            if (exception is SqliteException or NotSupportedException)
                throw folder.Refuse(exception is SqliteException ? $"streams.db can't be opened ({exception.Message})" : exception.Message);
            throw;
        }
    }

    /// <summary>Does what waits to be written, then closes everything. The container of a host that failed to start calls this one.</summary>
    public void Dispose() => _closing.Value.GetAwaiter().GetResult();

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync() => await _closing.Value;

    private void Close()
    {
        // The writer last: the last connection that closes moves the log into the database, and a reader may not.
        Readers.Dispose();
        Writer.Dispose();
        _folder.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Streams are kept in {Database} (synchronous: {Synchronous})")]
        public static partial void Opened(ILogger logger, string database, SqliteSynchronous synchronous);

        [LoggerMessage(2, LogLevel.Information, "The database was upgraded from schema version {Found} to {Version}")]
        public static partial void Upgraded(ILogger logger, int found, int version);
    }
}
