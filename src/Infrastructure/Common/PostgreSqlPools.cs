using System.Diagnostics;
using Npgsql;

namespace SseStreaming.Infrastructure.Common;

/// <summary>Pools of connections to PostgreSQL, as metrics and traces should see them.</summary>
internal static class PostgreSqlPools
{
    /// <param name="connectionString">How to connect.</param>
    /// <param name="name">What metrics and traces call the pool; else it would be the connection string.</param>
    public static NpgsqlDataSource Create(string connectionString, string name)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString) { Name = name };
        // Leases, listening, and writes that many streams share are of no request: each would be a trace of its own, of one span.
        builder.ConfigureTracing(tracing => tracing
            .ConfigureCommandFilter(static _ => Activity.Current is not null)
            .ConfigureBatchFilter(static _ => Activity.Current is not null)
            .EnablePhysicalOpenTracing(false));
        return builder.Build();
    }
}
