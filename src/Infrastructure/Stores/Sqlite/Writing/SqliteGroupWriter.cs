using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SseStreaming.Infrastructure.Stores.Sqlite.Retention;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

/// <summary>
/// The one thread that writes, for all generations. The writes that arrive during a transaction form the next group: a single write
/// waits for no other, and many share one commit.
/// </summary>
internal sealed partial class SqliteGroupWriter : IDisposable
{
    /// <summary>Pages in the log after which they are moved into the database: 16 MB, enough to write pages that change often only once.</summary>
    private const long CheckpointPages = 4096;

    private const int PageBytes = 4096;

    private const string SystemName = "sqlite";

    /// <summary>Pages that a small write changes: the row of its stream, and the end of its blocks.</summary>
    private const int PagesPerWrite = 2;

    private readonly SqliteConnectionFactory _connections;
    private readonly SqliteCapacity _capacity;
    private readonly StoreMetrics _metrics;
    private readonly ILogger _logger;
    private readonly SqliteWriteQueue _queue = new();
    private readonly Thread _thread;
    private SqliteSession? _session;
    private long _pagesInLog;
    private bool _maintenanceFailed;
    private bool _unavailable;

    public SqliteGroupWriter(SqliteConnectionFactory connections, SqliteSession session, SqliteCapacity capacity, StoreMetrics metrics, ILogger logger)
    {
        _connections = connections;
        _session = session;
        _capacity = capacity;
        _metrics = metrics;
        _logger = logger;
        capacity.Load(session);
        _thread = new Thread(Run) { Name = "SQLite writer", IsBackground = true };
        _thread.Start();
    }

    public Task<T> WriteAsync<T>(Func<SqliteSession, T> write, CancellationToken cancellationToken, long bytes = 0)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new SqlitePendingWrite<T>(write, bytes, cancellationToken);
        _queue.Add(pending);
        return pending.Outcome;
    }

    /// <summary>Runs the waiting writes, then closes the connection, which moves the whole log into the database.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
    }

    private void Run()
    {
        var group = new List<SqlitePendingWrite>();
        while (_queue.Take(group, wait: !_capacity.HasPendingDeletions || _maintenanceFailed))
        {
            group.RemoveAll(write => write.IsCancelled);
            if (group.Count > 0)
                LogStateChange(RunGroup(group));
            group.Clear();
            // After the callers have their outcomes, so that none of them waits for it.
            RunMaintenance();
        }
        CloseSession();
    }

    /// <summary>Returns the fault of the writes that failed.</summary>
    private Exception? RunGroup(List<SqlitePendingWrite> group)
    {
        var started = _metrics.BeginGroup();
        try
        {
            RunTransaction(session =>
            {
                foreach (var write in group)
                    write.Run(session);
            });
        }
        catch (Exception exception)
        {
            _metrics.GroupFailed(SystemName, started);
            Recover(exception);
            if (group.Count > 1 && !SqliteFaults.AffectsAllWrites(exception))
                return RunOneByOne(group);
            foreach (var write in group)
                write.Fail(SqliteFaults.Translate(exception));
            return exception;
        }

        _metrics.GroupCommitted(SystemName, group.Count, started);
        foreach (var write in group)
        {
            _pagesInLog += PagesPerWrite + (write.Bytes / PageBytes);
            write.Complete();
        }
        return null;
    }

    /// <summary>Runs each write in its own transaction, so that a write that fails does not fail the others.</summary>
    private Exception? RunOneByOne(List<SqlitePendingWrite> group)
    {
        Exception? fault = null;
        foreach (var write in group)
            fault = RunGroup([write]) ?? fault;
        return fault;
    }

    private void RunMaintenance()
    {
        try
        {
            if (_capacity.HasPendingDeletions)
                RunTransaction(session => _capacity.HasPendingDeletions = PendingDeletions.DeleteSome(session, _capacity));
            _maintenanceFailed = false;
            if (_pagesInLog < CheckpointPages)
                return;
            // On this thread although it waits for the disk: before 3.51.3 a checkpoint on another connection could lose commits
            // (sqlite.org/wal.html, "WAL-reset bug").
            _pagesInLog = 0;
            _session?.Execute("pragma wal_checkpoint(passive)");
        }
        catch (Exception exception)
        {
            // Tried again after the next group, because the fault may last.
            _maintenanceFailed = true;
            Recover(exception);
            LogStateChange(exception);
        }
    }

    private void RunTransaction(Action<SqliteSession> run)
    {
        var session = _session ??= Reopen();
        session.Execute("begin immediate");
        run(session);
        session.Execute("commit");
        _capacity.Commit();
    }

    private SqliteSession Reopen()
    {
        var session = _connections.OpenForWriting(createIfMissing: false);
        try
        {
            // The last commit may have taken place although it failed.
            _capacity.Load(session);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void Recover(Exception exception)
    {
        _capacity.Rollback();
        try
        {
            if (_session is { IsInTransaction: true })
                _session.Execute("rollback");
            if (!SqliteFaults.BreaksConnection(exception))
                return;
        }
        catch (SqliteException rollbackFault)
        {
            Log.RollbackFailed(_logger, rollbackFault);
        }
        CloseSession();
    }

    private void CloseSession()
    {
        try
        {
            _session?.Dispose();
        }
        catch (SqliteException exception)
        {
            Log.CloseFailed(_logger, exception);
        }
        _session = null;
    }

    /// <summary>Logs one line when the database begins to fail and one when it works again, instead of one for each write.</summary>
    private void LogStateChange(Exception? fault)
    {
        if (fault is null && _unavailable)
            Log.Available(_logger);
        else if (fault is not null && !SqliteFaults.IsTransient(fault))
            Log.Faulted(_logger, fault);
        else if (fault is not null && !_unavailable)
            Log.Unavailable(_logger, fault.Message);
        _unavailable = fault is not null && SqliteFaults.IsTransient(fault);
    }
}
