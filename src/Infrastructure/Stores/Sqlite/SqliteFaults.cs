using Microsoft.Data.Sqlite;
using SseStreaming.Application.Storage;
using static SQLitePCL.raw;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>What the result codes of SQLite mean here.</summary>
internal static class SqliteFaults
{
    /// <summary>The fault lies with the machine, not with the program, and may pass.</summary>
    public static bool MayPass(Exception exception) => exception is SqliteException
    {
        SqliteErrorCode: SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL or SQLITE_FULL or SQLITE_IOERR or SQLITE_READONLY
            or SQLITE_CANTOPEN or SQLITE_PERM or SQLITE_NOMEM or SQLITE_INTERRUPT or SQLITE_NOLFS,
    };

    /// <summary>Nothing that shares a transaction with what failed would fare better by itself.</summary>
    public static bool ConcernsAll(Exception exception) => exception is SqliteException
    {
        // A full disk is not here: it may have room for a word where a page does not fit.
        SqliteErrorCode: SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL or SQLITE_IOERR or SQLITE_READONLY or SQLITE_CANTOPEN
            or SQLITE_PERM or SQLITE_CORRUPT or SQLITE_NOTADB,
    };

    /// <summary>The connection can't be trusted any more: its files may have been moved, or what it cached may be wrong.</summary>
    public static bool BreaksConnection(Exception exception) => exception is not SqliteException
    {
        SqliteErrorCode: SQLITE_BUSY or SQLITE_LOCKED or SQLITE_FULL or SQLITE_CONSTRAINT or SQLITE_TOOBIG or SQLITE_INTERRUPT,
    };

    /// <summary>What a caller of the store gets to see.</summary>
    public static Exception Translate(Exception exception) =>
        MayPass(exception) ? new StoreUnavailableException($"The database can't do it at the moment: {exception.Message}", exception) : exception;
}
