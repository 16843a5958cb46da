using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SseStreaming.Infrastructure.Stores.Sqlite.Retention;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

/// <summary>
/// The one thread that writes. It takes everything that waits, does it in one transaction, and lets everyone know once that is
/// committed. What comes meanwhile is the next group: so a lone write waits for nobody, and a thousand share one commit.
/// </summary>
internal sealed partial class SqliteGroupWriter : IDisposable
{
    /// <summary>Pages in the log after which they are moved into the database: 16 MB, of which hot pages are written once.</summary>
    private const long CheckpointPages = 4096;

    private const int PageBytes = 4096;

    private const string SystemName = "sqlite";

    /// <summary>A write dirties about so many pages: of its stream's row and of the end of its blocks.</summary>
    private const int PagesPerWrite = 2;

    private readonly SqliteConnectionFactory _file;
    private readonly SqliteCapacity _room;
    private readonly StoreMetrics _metrics;
    private readonly ILogger _logger;
    private readonly SqliteWriteQueue _queue = new();
    private readonly Thread _thread;
    private SqliteSession? _session;
    private long _pagesInLog;
    private bool _tidyingFailed;
    private bool _unavailable;
    private long _transactions;

    public SqliteGroupWriter(SqliteConnectionFactory file, SqliteSession session, SqliteCapacity capacity, StoreMetrics metrics, ILogger logger)
    {
        _file = file;
        _session = session;
        _room = capacity;
        _metrics = metrics;
        _logger = logger;
        capacity.Load(session);
        _thread = new Thread(Run) { Name = "SQLite writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Groups that were committed so far.</summary>
    public long Transactions => Volatile.Read(ref _transactions);

    public Task<T> WriteAsync<T>(Func<SqliteSession, T> write, CancellationToken cancellationToken, long weight = 0)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var item = new SqlitePendingWrite<T>(write, weight, cancellationToken);
        _queue.Add(item);
        return item.Outcome;
    }

    /// <summary>Does what waits, then closes the connection, which moves the whole log into the database.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
    }

    private void Run()
    {
        var group = new List<SqlitePendingWrite>();
        while (_queue.Take(group, wait: !_room.HasPendingDeletions || _tidyingFailed))
        {
            group.RemoveAll(write => write.IsGone);
            if (group.Count > 0)
                Note(RunGroup(group));
            group.Clear();
            // Only now, when everyone has their outcome and nobody waits for it.
            Tidy();
        }
        CloseSession();
    }

    /// <summary>Returns the fault of those writes that failed.</summary>
    private Exception? RunGroup(List<SqlitePendingWrite> group)
    {
        var begun = _metrics.BeginGroup();
        try
        {
            Transact(session =>
            {
                foreach (var write in group)
                    write.Run(session);
            });
        }
        catch (Exception exception)
        {
            _metrics.GroupFailed(SystemName, begun);
            Recover(exception);
            if (group.Count > 1 && !SqliteFaults.ConcernsAll(exception))
                return RunOneByOne(group);
            foreach (var write in group)
                write.Fail(SqliteFaults.Translate(exception));
            return exception;
        }

        Volatile.Write(ref _transactions, _transactions + 1);
        _metrics.GroupCommitted(SystemName, group.Count, begun);
        foreach (var write in group)
        {
            _pagesInLog += PagesPerWrite + (write.Weight / PageBytes);
            write.Complete();
        }
        return null;
    }

    /// <summary>One write that can't be done must not take the others with it.</summary>
    private Exception? RunOneByOne(List<SqlitePendingWrite> group)
    {
        Exception? fault = null;
        foreach (var write in group)
            fault = RunGroup([write]) ?? fault;
        return fault;
    }

    private void Tidy()
    {
        try
        {
            if (_room.HasPendingDeletions)
                Transact(session => _room.HasPendingDeletions = PendingDeletions.Clear(session, _room));
            _tidyingFailed = false;
            if (_pagesInLog < CheckpointPages)
                return;
            // On this thread although it waits for the disk: a checkpoint beside the writer races with it over the reset of the log,
            // where SQLite lost commits until 3.51.3 (sqlite.org/wal.html, "WAL-reset bug").
            _pagesInLog = 0;
            _session?.Execute("pragma wal_checkpoint(passive)");
        }
        catch (Exception exception)
        {
            // Tried again after the next group, not at once: the fault may last.
            _tidyingFailed = true;
            Recover(exception);
            Note(exception);
        }
    }

    private void Transact(Action<SqliteSession> run)
    {
        var session = _session ??= Reopen();
        session.Execute("begin immediate");
        run(session);
        session.Execute("commit");
        _room.Commit();
    }

    private SqliteSession Reopen()
    {
        var session = _file.OpenForWriting(isFirst: false);
        try
        {
            // The last commit may have taken place although it failed.
            _room.Load(session);
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
        _room.Rollback();
        try
        {
            if (_session is { IsInTransaction: true })
                _session.Execute("rollback");
            if (!SqliteFaults.BreaksConnection(exception))
                return;
        }
        catch (SqliteException second)
        {
            Log.RollbackFailed(_logger, second);
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

    /// <summary>One line when the database begins to fail and one when it is back, not one for each write.</summary>
    private void Note(Exception? fault)
    {
        if (fault is null && _unavailable)
            Log.Available(_logger);
        else if (fault is not null && !SqliteFaults.MayPass(fault))
            Log.Faulted(_logger, fault);
        else if (fault is not null && !_unavailable)
            Log.Unavailable(_logger, fault.Message);
        _unavailable = fault is not null && SqliteFaults.MayPass(fault);
    }
}
