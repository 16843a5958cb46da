using System.Globalization;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Schema;

/// <summary>One step of the schema. A step that was ever released does not change any more: what comes after is a further step.</summary>
internal sealed record Migration(int Version, string Sql)
{
    /// <summary>All steps, in their order: the files <c>0001-….sql</c> beside this one.</summary>
    public static IReadOnlyList<Migration> All { get; } = Read();

    private static List<Migration> Read()
    {
        var assembly = typeof(Migration).Assembly;
        var prefix = typeof(Migration).Namespace + ".";
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return new Migration(int.Parse(name.AsSpan(prefix.Length, 4), CultureInfo.InvariantCulture), reader.ReadToEnd());
            })
            .OrderBy(migration => migration.Version)];
    }
}
