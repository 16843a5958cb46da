using Microsoft.Extensions.Logging;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

internal sealed partial class SqliteGroupWriter
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The database can't be written: {Fault}")]
        public static partial void Unavailable(ILogger logger, string fault);

        [LoggerMessage(2, LogLevel.Information, "The database can be written again")]
        public static partial void Available(ILogger logger);

        [LoggerMessage(3, LogLevel.Error, "A write to the database failed, and a retry would fail, too")]
        public static partial void Faulted(ILogger logger, Exception exception);

        [LoggerMessage(4, LogLevel.Warning, "A transaction could not be rolled back; the connection is closed")]
        public static partial void RollbackFailed(ILogger logger, Exception exception);

        [LoggerMessage(5, LogLevel.Warning, "Closing the connection that writes failed")]
        public static partial void CloseFailed(ILogger logger, Exception exception);
    }
}
