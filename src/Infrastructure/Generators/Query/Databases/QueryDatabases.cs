using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>Creates the database of a source.</summary>
internal static class QueryDatabases
{
    public static IQueryDatabase Create(QueryOptions options, TimeProvider time, ILogger logger) => options.Provider switch
    {
        QueryProvider.Sqlite => new SqliteQueryDatabase(options),
        _ => new PostgreSqlQueryDatabase(options, time, logger),
    };

    public static bool IsConnectionString(QueryProvider provider, string text)
    {
        try
        {
            return provider is QueryProvider.Sqlite
                ? new SqliteConnectionStringBuilder(text).DataSource.Length > 0
                : !string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(text).Host);
        }
        // The exception's message is not used, because it may contain a password.
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }
}
