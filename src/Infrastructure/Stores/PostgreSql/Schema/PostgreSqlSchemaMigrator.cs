using Microsoft.Extensions.Logging;
using Npgsql;
using SseStreaming.Infrastructure.Stores.Schema;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Schema;

/// <summary>Brings the schema of a database to the version that this server knows. The table <c>schema_versions</c> has its version.</summary>
internal sealed partial class PostgreSqlSchemaMigrator(
    PostgreSqlDatabase database, IReadOnlyList<Migration> migrations, ILogger<PostgreSqlSchemaMigrator> logger)
{
    /// <summary>Long enough to build an index over a large table.</summary>
    private const int TimeoutSeconds = 600;

    public static IReadOnlyList<Migration> Migrations { get; } = Migration.ReadAll(typeof(PostgreSqlSchemaMigrator));

    /// <summary>Makes or upgrades the schema in one transaction; nodes that start together wait for each other. Returns the new version.</summary>
    /// <exception cref="SchemaTooNewException">The database has been upgraded by a newer server.</exception>
    public ValueTask<int> MigrateAsync(CancellationToken cancellationToken) => database.RunAsync(MigrateAsync, cancellationToken);

    private async ValueTask<int> MigrateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var known = migrations[^1].Version;
        // The usual start takes no lock, and needs no permission to create anything.
        var found = await ReadVersionAsync(connection, cancellationToken);
        if (IsCurrent(found, known))
            return known;

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, "select pg_advisory_xact_lock(hashtext('sse_streaming.schema'))", cancellationToken);
        found = await ReadVersionAsync(connection, cancellationToken);
        if (IsCurrent(found, known))
            return known;

        if (found == 0)
            await ExecuteAsync(connection,
                """
                create schema if not exists sse_streaming;
                create table sse_streaming.schema_versions (version integer primary key, applied timestamptz not null default now())
                """, cancellationToken);
        foreach (var migration in migrations.Where(migration => migration.Version > found))
        {
            await ExecuteAsync(connection, migration.Sql, cancellationToken);
            await using var insert = connection.Command(
                "insert into sse_streaming.schema_versions (version) values ($1)", PostgreSqlCommands.Parameter(migration.Version));
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        Log.Migrated(logger, found, known);
        return known;
    }

    private static bool IsCurrent(int found, int known) => found > known ? throw new SchemaTooNewException(found, known) : found == known;

    /// <summary>Returns 0 for a database without a schema.</summary>
    /// <remarks>
    /// Not with to_regclass, which reads a cache of the session: the cache misses a table that another node made while this one waited
    /// for the lock.
    /// </remarks>
    private static async Task<int> ReadVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var exists = connection.Command(
            "select exists (select from pg_catalog.pg_tables where schemaname = 'sse_streaming' and tablename = 'schema_versions')");
        if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken))!)
            return 0;
        await using var version = connection.Command("select coalesce(max(version), 0) from sse_streaming.schema_versions");
        return (int)(await version.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(sql);
        command.CommandTimeout = TimeoutSeconds;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The PostgreSQL schema was upgraded from version {From} to {To}")]
        public static partial void Migrated(ILogger logger, int from, int to);
    }
}
