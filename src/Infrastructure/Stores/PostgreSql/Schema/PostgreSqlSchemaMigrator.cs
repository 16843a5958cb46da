using Microsoft.Extensions.Logging;
using Npgsql;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Schema;

/// <summary>Brings the schema of a database to the version that this server knows.</summary>
internal sealed partial class PostgreSqlSchemaMigrator(PostgreSqlDatabase database, IReadOnlyList<Migration> migrations, ILogger<PostgreSqlSchemaMigrator> logger)
{
    /// <summary>An index over a large table takes its time; nothing else waits for it.</summary>
    private const int StepSeconds = 600;

    /// <summary>
    /// Makes or upgrades the schema. Nodes that start together do it one after the other; it is one transaction, so a failure
    /// leaves the database as it was.
    /// </summary>
    /// <exception cref="SchemaTooNewException">The database has been upgraded by a newer server.</exception>
    public ValueTask<int> MigrateAsync(CancellationToken cancellationToken) => database.RunAsync(MigrateAsync, cancellationToken);

    private async ValueTask<int> MigrateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var known = migrations[^1].Version;
        // The usual start needs no lock, and no right to create anything.
        var found = await ReadVersionAsync(connection, cancellationToken);
        if (Check(found, known))
            return known;

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, "select pg_advisory_xact_lock(hashtext('sse_streaming.schema'))", cancellationToken);
        found = await ReadVersionAsync(connection, cancellationToken);
        if (Check(found, known))
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
            await using var note = connection.Command(
                "insert into sse_streaming.schema_versions (version) values ($1)", PostgreSqlCommands.Parameter(migration.Version));
            await note.ExecuteNonQueryAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        Log.Migrated(logger, found, known);
        return known;
    }

    private static bool Check(int found, int known) => found > known ? throw new SchemaTooNewException(found, known) : found == known;

    /// <summary>0 for a database that has no schema yet.</summary>
    /// <remarks>
    /// Not by to_regclass: that asks a cache of the session, which still says no when another node has made the table while this
    /// one waited for the lock.
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
        command.CommandTimeout = StepSeconds;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The schema in PostgreSQL went from version {From} to {To}")]
        public static partial void Migrated(ILogger logger, int from, int to);
    }
}
