using System.Globalization;

namespace SseStreaming.Infrastructure.Stores.Schema;

/// <summary>One step of a database schema. A released step never changes: a later change is a further step.</summary>
internal sealed record Migration(int Version, string Sql)
{
    /// <summary>All steps in order: the embedded files <c>0001-….sql</c> beside a migrator.</summary>
    public static IReadOnlyList<Migration> ReadAll(Type migrator)
    {
        var prefix = migrator.Namespace + ".";
        return [.. migrator.Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => new Migration(int.Parse(name.AsSpan(prefix.Length, 4), CultureInfo.InvariantCulture), Read(migrator, name)))
            .OrderBy(migration => migration.Version)];
    }

    private static string Read(Type migrator, string name)
    {
        using var reader = new StreamReader(migrator.Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
