using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Reading;

/// <summary>The connections that read, opened on demand up to a number. They see what is committed, and never wait for the writer.</summary>
/// <remarks>
/// SQLite has no asynchronous reads: each runs on its caller's thread, mostly from memory. The number of connections keeps a slow disk
/// from blocking all threads of the server.
/// </remarks>
internal sealed class SqliteReadPool(SqliteConnectionFactory connections, int size, StoreOutageLog outages) : IDisposable
{
    [SuppressMessage("Usage", "CA2213", Justification = "It has no handle to release, and callers that wait on it must still wake up.")]
    private readonly SemaphoreSlim _slots = new(size);

    private readonly ConcurrentStack<SqliteSession> _idle = new();
    private bool _closed;

    public async ValueTask<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed), typeof(SqliteEventStreamStore));
            var result = Read(read);
            outages.RecordSuccess();
            return result;
        }
        catch (SqliteException exception)
        {
            if (!SqliteFaults.IsTransient(exception))
                throw new InvalidDataException("The database can't be read.", exception);
            outages.RecordFault(exception.Message);
            throw SqliteFaults.Translate(exception);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Waits for the reads that are running. Callers that still wait get an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _closed, true);
        for (var i = 0; i < size; i++)
            _slots.Wait();
        while (_idle.TryPop(out var session))
            session.Dispose();
        _slots.Release(size);
    }

    private T Read<T>(Func<SqliteSession, T> read)
    {
        var session = _idle.TryPop(out var idle) ? idle : connections.OpenForReading();
        var isReusable = false;
        try
        {
            var result = read(session);
            isReusable = true;
            return result;
        }
        catch (Exception exception)
        {
            isReusable = !SqliteFaults.BreaksConnection(exception);
            throw;
        }
        finally
        {
            if (isReusable)
                _idle.Push(session);
            else
                session.Dispose();
        }
    }
}
