using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Infrastructure.Stores.Schema;
using SseStreaming.Infrastructure.Stores.Sqlite.Reading;
using SseStreaming.Infrastructure.Stores.Sqlite.Retention;
using SseStreaming.Infrastructure.Stores.Sqlite.Schema;
using SseStreaming.Infrastructure.Stores.Sqlite.Writing;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>The open database of this process: its folder, its writer and its connections for reads.</summary>
internal sealed partial class SqliteDatabase : IDisposable, IAsyncDisposable
{
    private readonly DataFolder _folder;
    private readonly Lazy<Task> _closing;

    private SqliteDatabase(
        DataFolder folder, SqliteConnectionFactory connections, SqliteSession session, SqliteOptions options, SqliteCapacity capacity, StoreMetrics metrics,
        StoreOutageLog outages, ILogger logger)
    {
        _folder = folder;
        LastEarlierKey = Convert.ToInt64(session.Scalar("select coalesce(max(key), 0) from streams"), CultureInfo.InvariantCulture);
        Capacity = capacity;
        Readers = new SqliteReadPool(connections, options.ReadConnections, outages);
        Writer = new SqliteGroupWriter(connections, session, capacity, metrics, logger);
        _closing = new Lazy<Task>(() => Task.Factory.StartNew(Close, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    /// <summary>Owner of the streams of this process, regenerated at each start, so that a stale process is fenced.</summary>
    public byte[] OwnerId { get; } = RandomNumberGenerator.GetBytes(16);

    /// <summary>Streams up to this row key were created by earlier processes.</summary>
    public long LastEarlierKey { get; }

    public SqliteCapacity Capacity { get; }

    public SqliteReadPool Readers { get; }

    public SqliteGroupWriter Writer { get; }

    /// <summary>Opens the database, and makes or upgrades its schema.</summary>
    /// <exception cref="OptionsValidationException">The database can't be used.</exception>
    public static SqliteDatabase Open(
        string path, SqliteOptions options, StreamsOptions streamsOptions, StoreMetrics metrics, StoreOutageLog outages, ILogger logger)
    {
        var folder = DataFolder.Open(path);
        SqliteSession? session = null;
        try
        {
            var connections = new SqliteConnectionFactory(folder.DatabaseFile, options);
            session = connections.OpenForWriting(createIfMissing: true);
            var found = SqliteSchemaMigrator.Migrate(session);
            if (found > 0 && found < SqliteSchemaMigrator.Version)
                Log.Upgraded(logger, found, SqliteSchemaMigrator.Version);
            Log.Opened(logger, folder.DatabaseFile, options.Synchronous);
            return new SqliteDatabase(folder, connections, session, options, new SqliteCapacity(streamsOptions), metrics, outages, logger);
        }
        catch (Exception exception)
        {
            session?.Dispose();
            folder.Dispose();
            if (exception is SqliteException or NotSupportedException or SchemaTooNewException)
                throw folder.Refuse($"streams.db can't be used. {exception.Message}");
            throw;
        }
    }

    /// <summary>Runs the waiting writes, then closes everything. The container of a host that failed to start calls this one.</summary>
    public void Dispose() => _closing.Value.GetAwaiter().GetResult();

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync() => await _closing.Value;

    private void Close()
    {
        // The writer last: the last connection to close moves the log into the database, which a read-only one can't.
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
