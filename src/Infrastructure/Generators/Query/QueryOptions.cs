using System.ComponentModel.DataAnnotations;
using System.Globalization;
using SseStreaming.Infrastructure.Generators.Query.Databases;

namespace SseStreaming.Infrastructure.Generators.Query;

/// <summary>Section <c>Sources:Query:&lt;name&gt;</c>.</summary>
internal sealed class QueryOptions : INamedSourceOptions
{
    public const string Section = "Sources:Query";

    private const string TimeFault = "must be a time from {1} to {2}";

    public static IReadOnlyDictionary<string, string> RemovedSettings { get; } = new Dictionary<string, string>
    {
        ["MinInterval"] = "rows are read at most every 50 ms, or every Interval if that is shorter",
    };

    public QueryProvider Provider { get; set; } = QueryProvider.PostgreSql;

    [Required(ErrorMessage = "is missing")]
    public string? ConnectionString { get; set; }

    /// <summary>
    /// Returns two columns, key and text, of the rows with keys above <c>@after</c>; keys are unique, never reused and ascending.
    /// The server orders the rows and reads them in pages: only a statement with a limit of its own must also order by the key.
    /// </summary>
    [Required(ErrorMessage = "is missing")]
    public string? Sql { get; set; }

    public QueryKeyType KeyType { get; set; } = QueryKeyType.Integer;

    /// <summary>The key to start after. The default is 0 or the empty text.</summary>
    public string? After { get; set; }

    /// <summary>A statement that returns the key to start after; <c>SELECT max(id) FROM t</c> selects new rows only.</summary>
    public string? AfterSql { get; set; }

    /// <summary>Appended to the text of each row.</summary>
    public string Separator { get; set; } = "\n";

    /// <summary>Time between two reads when there are no new rows.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00", ErrorMessage = TimeFault)]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A PostgreSQL channel that transactions notify when they insert rows.</summary>
    [StringLength(63, ErrorMessage = "must have at most {1} characters")]
    public string? Channel { get; set; }

    /// <summary>
    /// Minimum time during which lower keys are searched for after a row was first read; on PostgreSQL also until all transactions
    /// of that moment have ended (docs/decisions/0009-late-commits.md). Zero turns the search off.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = TimeFault)]
    public TimeSpan LateWindow { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Maximum number of rows below which lower keys may still appear. At this number the source waits until the oldest of them are settled.</summary>
    [Range(100, 10_000_000, ErrorMessage = "must be a whole number from {1} to {2}")]
    public int MaxUnsettledRows { get; set; } = 100_000;

    /// <summary>Maximum duration of a generation; zero means no limit.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00", ErrorMessage = TimeFault)]
    public TimeSpan MaxDuration { get; set; }

    /// <summary>Number of events that a stream keeps; older ones are deleted.</summary>
    [Range(100, 100_000_000, ErrorMessage = "must be a whole number from {1} to {2}")]
    public long KeepEvents { get; set; } = 100_000;

    /// <summary>True if equal requests share one generation.</summary>
    public bool Shared { get; set; } = true;

    /// <summary>Timeout of one read.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = TimeFault)]
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a generation retries while the database is unavailable, before it fails.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = TimeFault)]
    public TimeSpan OutagePatience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The description in <c>GET /sources</c>.</summary>
    public string Description { get; set; } = "Rows of a table, as they appear.";

    /// <summary>Parameters that a request may set; the statement refers to each as <c>@</c> and its name.</summary>
    public Dictionary<string, QueryParameterOptions> Parameters { get; } = [];

    /// <summary>The key to start after, unless <see cref="AfterSql"/> returns one.</summary>
    internal object FirstKey => KeyType is QueryKeyType.Integer
        ? long.Parse(After ?? "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
        : After ?? "";

    public IEnumerable<(string Setting, string Fault)> Validate()
    {
        if (!string.IsNullOrWhiteSpace(ConnectionString) && !QueryDatabases.IsConnectionString(Provider, ConnectionString))
            yield return (nameof(ConnectionString), $"is not a valid connection string for {Provider}");
        if (!string.IsNullOrWhiteSpace(Sql) && !StatementParameters.Uses(Sql, RowStatement.After))
            yield return (nameof(Sql), $"does not use @{RowStatement.After}, so each read would return all rows again");
        if (StatementParameters.FirstUnknown(Sql, name => name == RowStatement.After || Parameters.ContainsKey(name)) is { } unknown)
            yield return (nameof(Sql), $"uses @{unknown}, which is not in Parameters");
        if (StatementParameters.FirstUnknown(AfterSql, Parameters.ContainsKey) is { } unknownInAfterSql)
            yield return (nameof(AfterSql), $"uses @{unknownInAfterSql}, which is not in Parameters");
        if (After is not null && AfterSql is not null)
            yield return (nameof(AfterSql), "can't be set together with After");
        if (KeyType is QueryKeyType.Integer && After is not null && !long.TryParse(After, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            yield return (nameof(After), "must be a whole number because KeyType is Integer");
        if (!string.IsNullOrEmpty(Channel) && Provider is not QueryProvider.PostgreSql)
            yield return (nameof(Channel), "requires the provider PostgreSql");
        foreach (var (name, parameter) in Parameters)
        {
            if (parameter.Validate(name, StatementParameters.Uses(Sql, name) || StatementParameters.Uses(AfterSql, name)) is { } fault)
                yield return ($"{nameof(Parameters)}:{name}{fault.Setting}", fault.Fault);
        }
    }
}
