using System.Globalization;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>
/// Wraps a configured statement in one that orders the rows by key and limits them, so that the order does not depend on the
/// configuration and large tables are read in pages. Values of requests never become part of the text.
/// </summary>
internal static class RowStatement
{
    /// <summary>A parameter of a source can't have this name.</summary>
    public const string UpTo = "_upto";

    public const string After = "after";

    public static string Build(string sql, string key, string text, bool isBounded, int maxRows) => string.Create(CultureInfo.InvariantCulture, $"""
        WITH q ("key", "text") AS (
        {TrimEnd(sql)}
        )
        SELECT {key}, {text} FROM q{(isBounded ? $" WHERE q.\"key\" <= @{UpTo}" : "")} ORDER BY q."key" LIMIT {maxRows}
        """);

    private static string TrimEnd(string sql) => sql.Trim().TrimEnd(';');
}
