using System.ComponentModel.DataAnnotations;
using System.Globalization;
using SseStreaming.Infrastructure.Generators.Query.Databases;

namespace SseStreaming.Infrastructure.Generators.Query;

/// <summary>Section <c>Sources:Query:&lt;name&gt;</c>: rows of a database as they appear.</summary>
internal sealed class QueryOptions : INamedSourceOptions
{
    public const string Section = "Sources:Query";

    private const string TimeFault = "must be a time from {1} to {2}";

    public QueryProvider Provider { get; set; } = QueryProvider.PostgreSql;

    [Required(ErrorMessage = "is missing")]
    public string? ConnectionString { get; set; }

    /// <summary>
    /// Gives two columns, key and text, of the rows whose key is above <c>@after</c>. The key is unique, never reused, and grows.
    /// It needs neither an order nor a limit: what is read is put in order and cut into pages. If it has a limit, then it must
    /// have the order of the keys, too, or rows are left out.
    /// </summary>
    [Required(ErrorMessage = "is missing")]
    public string? Sql { get; set; }

    public QueryKeyType KeyType { get; set; } = QueryKeyType.Integer;

    /// <summary>The key to begin after; 0 or the empty text if none is given.</summary>
    public string? After { get; set; }

    /// <summary>A statement that gives the key to begin after, as <c>SELECT max(id) FROM t</c> does for new rows only.</summary>
    public string? AfterSql { get; set; }

    /// <summary>Comes after the text of each row.</summary>
    public string Separator { get; set; } = "\n";

    /// <summary>How long to wait before looking for rows again when there were none.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00", ErrorMessage = TimeFault)]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Least time between two looks, however many rows or notifications come.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00", ErrorMessage = TimeFault)]
    public TimeSpan MinInterval { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>PostgreSQL: a channel whose notifications say that there are rows, new or late.</summary>
    [StringLength(63, ErrorMessage = "must have at most {1} characters")]
    public string? Channel { get; set; }

    /// <summary>
    /// How long, at the least, lower keys are looked for after a row was first seen; on PostgreSQL also until all transactions
    /// that were open then have ended (docs/decisions/0009-late-commits.md). Zero: not at all.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = TimeFault)]
    public TimeSpan LateWindow { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Rows for which lower keys may still come. At this many the source waits for the oldest open transaction to end.</summary>
    [Range(100, 10_000_000, ErrorMessage = "must be a whole number from {1} to {2}")]
    public int MaxUnsettledRows { get; set; } = 100_000;

    /// <summary>How long one generation runs; zero: without end.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00", ErrorMessage = TimeFault)]
    public TimeSpan MaxDuration { get; set; }

    /// <summary>Events that a stream keeps; the oldest go.</summary>
    [Range(100, 100_000_000, ErrorMessage = "must be a whole number from {1} to {2}")]
    public long KeepEvents { get; set; } = 100_000;

    /// <summary>True: all viewers who ask for the same join one generation.</summary>
    public bool Shared { get; set; } = true;

    /// <summary>How long one read may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = TimeFault)]
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a generation waits for a database that is away, before it fails.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = TimeFault)]
    public TimeSpan OutagePatience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>What <c>GET /sources</c> says of it.</summary>
    public string Description { get; set; } = "Rows of a table, as they appear.";

    /// <summary>What a request may set, by the name that the statement has it under, after an <c>@</c>.</summary>
    public Dictionary<string, QueryParameterOptions> Parameters { get; } = [];

    /// <summary>The key to begin after, unless a statement gives it.</summary>
    internal object FirstKey => KeyType is QueryKeyType.Integer
        ? long.Parse(After ?? "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
        : After ?? "";

    public IEnumerable<(string Setting, string Fault)> Validate()
    {
        if (!string.IsNullOrWhiteSpace(ConnectionString) && !QueryDatabases.IsConnectionString(Provider, ConnectionString))
            yield return (nameof(ConnectionString), $"is no connection string of {Provider}");
        if (!string.IsNullOrWhiteSpace(Sql) && !StatementParameters.Uses(Sql, RowStatement.After))
            yield return (nameof(Sql), $"does not use @{RowStatement.After}, so it would give all rows again and again");
        if (StatementParameters.FirstUnknown(Sql, name => name == RowStatement.After || Parameters.ContainsKey(name)) is { } unknown)
            yield return (nameof(Sql), $"uses @{unknown}, which is none of its Parameters");
        if (StatementParameters.FirstUnknown(AfterSql, Parameters.ContainsKey) is { } unknownToo)
            yield return (nameof(AfterSql), $"uses @{unknownToo}, which is none of its Parameters");
        if (After is not null && AfterSql is not null)
            yield return (nameof(AfterSql), "is set, and After, too: one of them is enough");
        if (KeyType is QueryKeyType.Integer && After is not null && !long.TryParse(After, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            yield return (nameof(After), "must be a whole number, as KeyType is Integer");
        if (!string.IsNullOrEmpty(Channel) && Provider is not QueryProvider.PostgreSql)
            yield return (nameof(Channel), "needs the provider PostgreSql");
        if (MinInterval > Interval)
            yield return (nameof(MinInterval), "is longer than Interval");
        foreach (var (name, parameter) in Parameters)
        {
            if (parameter.Validate(name, StatementParameters.Uses(Sql, name) || StatementParameters.Uses(AfterSql, name)) is { } fault)
                yield return ($"{nameof(Parameters)}:{name}{fault.Setting}", fault.Fault);
        }
    }
}
