using System.Globalization;
using SseStreaming.Infrastructure.Stores.Schema;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Schema;

/// <summary>Brings the schema of a database to the version that this server knows. The header of the file has its version (<c>user_version</c>).</summary>
internal static class SqliteSchemaMigrator
{
    public static IReadOnlyList<Migration> Migrations { get; } = Migration.ReadAll(typeof(SqliteSchemaMigrator));

    public static int Version => Migrations[^1].Version;

    /// <summary>Makes or upgrades the schema in one transaction; returns the version that the database had.</summary>
    /// <exception cref="SchemaTooNewException">The database has been upgraded by a newer server.</exception>
    public static int Migrate(SqliteSession session)
    {
        session.Execute("begin immediate");
        var found = Convert.ToInt32(session.Scalar("pragma user_version"), CultureInfo.InvariantCulture);
        if (found > Version)
            throw new SchemaTooNewException(found, Version);
        foreach (var migration in Migrations.Where(migration => migration.Version > found))
            session.Execute(migration.Sql);
        if (found < Version)
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"pragma user_version = {Version}"));
        session.Execute("commit");
        return found;
    }
}
