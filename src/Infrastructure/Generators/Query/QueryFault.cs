using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Npgsql;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Query.Databases;

namespace SseStreaming.Infrastructure.Generators.Query;

/// <summary>What went wrong with a database, in this server's own words: its own may quote rows, names and addresses.</summary>
internal sealed record QueryFault(string Type, string Title, string Detail)
{
    // Of sqlite3.h.
    private const int Busy = 5;
    private const int Locked = 6;
    private const int Interrupted = 9;
    private const int InputOutput = 10;
    private const int CannotOpen = 14;

    /// <summary>True if it may be over after a while.</summary>
    public bool IsTransient { get; private init; }

    /// <summary>For the log: a code of the database, or the kind of an exception.</summary>
    public required string Cause { get; init; }

    public static QueryFault From(Exception exception) => exception switch
    {
        RowFormatException => new(ProblemTypes.UpstreamGarbled, "The rows could not be understood.", $"The statement does not give what it should: {exception.Message}.")
        {
            Cause = exception.Message,
        },
        PostgresException { SqlState: var state } postgres when state.StartsWith("28", StringComparison.Ordinal) || state == PostgresErrorCodes.InsufficientPrivilege =>
            Unauthorized(postgres),
        PostgresException postgres when IsAway(postgres) => Away(exception),
        PostgresException => Refused(exception),
        SqliteException { SqliteErrorCode: Busy or Locked or Interrupted or InputOutput or CannotOpen } => Away(exception),
        SqliteException => Refused(exception),
        OperationCanceledException or TimeoutException or NpgsqlException { InnerException: TimeoutException } =>
            new(ProblemTypes.UpstreamTimeout, "The database was silent for too long.", "The database did not answer in time, several times in a row.")
            {
                IsTransient = true,
                Cause = GetCause(exception),
            },
        NpgsqlException or SocketException or IOException => Away(exception),
        _ => Refused(exception),
    };

    public static string GetCause(Exception exception) => exception switch
    {
        PostgresException postgres => $"SQLSTATE {postgres.SqlState}",
        SqliteException sqlite => $"SQLite {sqlite.SqliteExtendedErrorCode}",
        NpgsqlException { InnerException: { } inner } => inner is SocketException socket ? socket.SocketErrorCode.ToString() : inner.GetType().Name,
        _ => exception.GetType().Name,
    };

    /// <summary>Without the exception that was caught, which would be logged with whatever it quotes.</summary>
    public GenerationFailedException ToException() => new(Type, Title, Detail);

    private static bool IsAway(PostgresException exception) =>
        exception.IsTransient
        // Shut down, crashed, starting up, or the statement took longer than the server allows.
        || exception.SqlState.StartsWith("57P", StringComparison.Ordinal)
        || exception.SqlState is PostgresErrorCodes.QueryCanceled;

    private static QueryFault Unauthorized(PostgresException exception) =>
        new(ProblemTypes.UpstreamUnauthorized, "The database is not open to this server.", "The database does not accept this server's user, or does not let it read.")
        {
            Cause = GetCause(exception),
        };

    private static QueryFault Away(Exception exception) =>
        new(ProblemTypes.UpstreamRefused, "The database can't be reached.", "The database could not be reached, several times in a row. The text up to here is complete.")
        {
            IsTransient = true,
            Cause = GetCause(exception),
        };

    private static QueryFault Refused(Exception exception) =>
        new(ProblemTypes.UpstreamError, "The database failed.", "The database does not carry out the statement of this source.")
        {
            Cause = GetCause(exception),
        };
}
