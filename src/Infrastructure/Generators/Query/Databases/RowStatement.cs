using System.Globalization;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>
/// Puts a configured statement into one that orders its rows and bounds them. So the order does not depend on what was configured,
/// and a database without end is read in pages. Nothing of a request ever gets into the text.
/// </summary>
internal static class RowStatement
{
    /// <summary>No parameter of a source can have this name.</summary>
    public const string UpTo = "_upto";

    public const string After = "after";

    public static string Build(string sql, string key, string text, bool isBounded, int most) => string.Create(CultureInfo.InvariantCulture, $"""
        WITH q ("key", "text") AS (
        {TrimEnd(sql)}
        )
        SELECT {key}, {text} FROM q{(isBounded ? $" WHERE q.\"key\" <= @{UpTo}" : "")} ORDER BY q."key" LIMIT {most}
        """);

    private static string TrimEnd(string sql) => sql.Trim().TrimEnd(';');
}
