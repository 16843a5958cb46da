using System.Text.RegularExpressions;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>Finds the parameters of a statement: names after an <c>@</c> outside of comments and quotes.</summary>
internal static partial class StatementParameters
{
    public static bool Uses(string? sql, string name) => Find(sql).Any(group => group.Value == name);

    /// <summary>The first unknown parameter; null if all are known.</summary>
    public static string? FirstUnknown(string? sql, Func<string, bool> isKnown) =>
        Find(sql).FirstOrDefault(group => !isKnown(group.Value) && !IsOperator(sql!, group.Index - 1))?.Value;

    /// <summary>PostgreSQL's operator "is contained by", without a space after it.</summary>
    private static bool IsOperator(string sql, int at) => at > 0 && sql[at - 1] == '<';

    private static IEnumerable<Group> Find(string? sql) => Piece().Matches(sql ?? "").Select(piece => piece.Groups["name"]).Where(group => group.Success);

    [GeneratedRegex("""
        --[^\n]* | /\*.*?\*/                                    # comments
        | \b[eE]'(?: [^'\\] | \\. | '' )*' | '(?: [^'] | '' )*'  # texts
        | "(?: [^"] | "" )*"                                    # names
        | (?<tag>\$(?:[A-Za-z_]\w*)?\$).*?\k<tag>               # dollar-quoted texts
        | (?<![\w@])@(?<name>[A-Za-z_]\w*)
        """, RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex Piece();
}
