using Microsoft.Data.Sqlite;
using SseStreaming.Application.Storage;
using static SQLitePCL.raw;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>Classifies the faults of the database.</summary>
internal static class SqliteFaults
{
    /// <summary>True if the same statement may succeed later: the machine is at fault, not the program.</summary>
    public static bool IsTransient(Exception exception) => exception is SqliteException
    {
        SqliteErrorCode: SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL or SQLITE_FULL or SQLITE_IOERR or SQLITE_READONLY
            or SQLITE_CANTOPEN or SQLITE_PERM or SQLITE_NOMEM or SQLITE_INTERRUPT or SQLITE_NOLFS,
    };

    /// <summary>True if the other writes of the same transaction would fail in a transaction of their own, too.</summary>
    public static bool AffectsAllWrites(Exception exception) => exception is SqliteException
    {
        // SQLITE_FULL is missing, because a small write may still fit where a large one does not.
        SqliteErrorCode: SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL or SQLITE_IOERR or SQLITE_READONLY or SQLITE_CANTOPEN
            or SQLITE_PERM or SQLITE_CORRUPT or SQLITE_NOTADB,
    };

    /// <summary>True if the connection must be replaced: its files may have been moved, or its cache may be wrong.</summary>
    public static bool BreaksConnection(Exception exception) => exception is not SqliteException
    {
        SqliteErrorCode: SQLITE_BUSY or SQLITE_LOCKED or SQLITE_FULL or SQLITE_CONSTRAINT or SQLITE_TOOBIG or SQLITE_INTERRUPT,
    };

    /// <summary>The exception that a caller of the store gets.</summary>
    public static Exception Translate(Exception exception) =>
        IsTransient(exception) ? new StoreUnavailableException($"SQLite is unavailable: {exception.Message}", exception) : exception;
}
