using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Reading;

/// <summary>The connections that read, made as they are needed, up to a number. They see what is committed, and wait for no writer.</summary>
/// <remarks>
/// SQLite has no asynchronous reads: one runs on its caller's thread, mostly from memory. The number of connections is what
/// keeps a slow disk from taking all threads of the server.
/// </remarks>
internal sealed class SqliteReadPool(SqliteConnectionFactory file, int count) : IDisposable
{
    [SuppressMessage("Usage", "CA2213", Justification = "It has no handle to give back, and those who wait on it are still to be told.")]
    private readonly SemaphoreSlim _free = new(count);

    private readonly ConcurrentStack<SqliteSession> _idle = new();
    private bool _closed;

    public async ValueTask<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed), typeof(SqliteEventStreamStore));
            return Read(read);
        }
        catch (SqliteException exception)
        {
            throw SqliteFaults.MayPass(exception) ? SqliteFaults.Translate(exception) : new InvalidDataException("The database can't be read.", exception);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for the reads that run.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _closed, true);
        for (var i = 0; i < count; i++)
            _free.Wait();
        while (_idle.TryPop(out var session))
            session.Dispose();
        // Whoever waits still is told that the store is closed.
        _free.Release(count);
    }

    private T Read<T>(Func<SqliteSession, T> read)
    {
        var session = _idle.TryPop(out var idle) ? idle : file.OpenForReading();
        var isSound = false;
        try
        {
            var result = read(session);
            isSound = true;
            return result;
        }
        catch (Exception exception)
        {
            isSound = !SqliteFaults.BreaksConnection(exception);
            throw;
        }
        finally
        {
            if (isSound)
                _idle.Push(session);
            else
                session.Dispose();
        }
    }
}
