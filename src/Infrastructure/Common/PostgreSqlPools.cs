using System.Diagnostics;
using Npgsql;

namespace SseStreaming.Infrastructure.Common;

/// <summary>Creates connection pools for PostgreSQL with suitable names and traces.</summary>
internal static class PostgreSqlPools
{
    /// <param name="connectionString">The connection string.</param>
    /// <param name="name">The pool's name in metrics and traces; the default would be the connection string.</param>
    public static NpgsqlDataSource Create(string connectionString, string name)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString) { Name = name };
        // Leases, listeners and shared writes belong to no request: each would be a trace with a single span.
        builder.ConfigureTracing(tracing => tracing
            .ConfigureCommandFilter(static _ => Activity.Current is not null)
            .ConfigureBatchFilter(static _ => Activity.Current is not null)
            .EnablePhysicalOpenTracing(false));
        return builder.Build();
    }
}
