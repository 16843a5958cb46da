using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>Makes the database of a source.</summary>
internal static class QueryDatabases
{
    public static IQueryDatabase Open(QueryOptions options, TimeProvider time, ILogger logger) => options.Provider switch
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
        // Both say in their own words what they don't like, and may repeat a password with it.
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }
}
