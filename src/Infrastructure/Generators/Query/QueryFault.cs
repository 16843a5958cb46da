using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Npgsql;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Query.Databases;

namespace SseStreaming.Infrastructure.Generators.Query;

/// <summary>A fault of a database without the database's own message, which may quote rows, names and addresses.</summary>
internal sealed record QueryFault(string Type, string Title, string Detail)
{
    // Result codes from sqlite3.h.
    private const int Busy = 5;
    private const int Locked = 6;
    private const int Interrupted = 9;
    private const int InputOutput = 10;
    private const int CannotOpen = 14;

    /// <summary>True if a later attempt may succeed.</summary>
    public bool IsTransient { get; private init; }

    /// <summary>For the log: the database's error code or the type of the exception.</summary>
    public required string Cause { get; init; }

    public static QueryFault From(Exception exception) => exception switch
    {
        RowFormatException => new(ProblemTypes.UpstreamGarbled, "The rows could not be understood.", $"The statement does not return what it must: {exception.Message}.")
        {
            Cause = exception.Message,
        },
        PostgresException { SqlState: var state } postgres when state.StartsWith("28", StringComparison.Ordinal) || state == PostgresErrorCodes.InsufficientPrivilege =>
            Unauthorized(postgres),
        PostgresException postgres when IsUnavailable(postgres) => Unavailable(exception),
        PostgresException => Refused(exception),
        SqliteException { SqliteErrorCode: Busy or Locked or Interrupted or InputOutput or CannotOpen } => Unavailable(exception),
        SqliteException => Refused(exception),
        OperationCanceledException or TimeoutException or NpgsqlException { InnerException: TimeoutException } =>
            new(ProblemTypes.UpstreamTimeout, "The database did not answer in time.", "The database did not answer in time, several times in a row.")
            {
                IsTransient = true,
                Cause = GetCause(exception),
            },
        NpgsqlException or SocketException or IOException => Unavailable(exception),
        _ => Refused(exception),
    };

    public static string GetCause(Exception exception) => exception switch
    {
        PostgresException postgres => $"SQLSTATE {postgres.SqlState}",
        SqliteException sqlite => $"SQLite {sqlite.SqliteExtendedErrorCode}",
        NpgsqlException { InnerException: { } inner } => inner is SocketException socket ? socket.SocketErrorCode.ToString() : inner.GetType().Name,
        _ => exception.GetType().Name,
    };

    /// <summary>Has no inner exception, because the log would contain what that quotes.</summary>
    public GenerationFailedException ToException() => new(Type, Title, Detail);

    private static bool IsUnavailable(PostgresException exception) =>
        exception.IsTransient
        // The server is shutting down, crashed or starting, or the statement exceeded the server's timeout.
        || exception.SqlState.StartsWith("57P", StringComparison.Ordinal)
        || exception.SqlState is PostgresErrorCodes.QueryCanceled;

    private static QueryFault Unauthorized(PostgresException exception) =>
        new(ProblemTypes.UpstreamUnauthorized, "The database refused access.", "The database does not accept this server's user, or does not allow it to read.")
        {
            Cause = GetCause(exception),
        };

    private static QueryFault Unavailable(Exception exception) =>
        new(ProblemTypes.UpstreamRefused, "The database can't be reached.", "The database could not be reached, several times in a row. The text up to here is complete.")
        {
            IsTransient = true,
            Cause = GetCause(exception),
        };

    private static QueryFault Refused(Exception exception) =>
        new(ProblemTypes.UpstreamError, "The database failed.", "The database could not execute the statement of this source.")
        {
            Cause = GetCause(exception),
        };
}
