using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Query.Polling;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>A database that is read from, and never written to.</summary>
internal interface IQueryDatabase : IAsyncDisposable
{
    /// <summary>Rings when there may be new rows; null if nothing tells.</summary>
    RowBell? Bell { get; }

    /// <summary>The first rows after a key, in the order of their keys, as of one moment.</summary>
    Task<RowPage> ReadAsync(RowQuery query, CancellationToken cancellationToken);

    /// <summary>The one value that a statement gives; null if it gives none.</summary>
    Task<object?> ReadValueAsync(string sql, IReadOnlyList<BoundParameter> parameters, CancellationToken cancellationToken);
}

/// <param name="After">Only rows with keys above this.</param>
/// <param name="UpTo">And not above this; null for no such bound.</param>
/// <param name="Most">At most so many rows; with 0 the database still checks the statement.</param>
internal sealed record RowQuery(object After, object? UpTo, int Most, IReadOnlyList<BoundParameter> Parameters);

/// <param name="Value">Null for NULL.</param>
internal readonly record struct BoundParameter(string Name, OptionType Type, object? Value);

/// <summary>Rows, and which transactions there were at the moment of which they are.</summary>
internal sealed record RowPage(IReadOnlyList<Row> Rows, Horizon Horizon)
{
    /// <summary>A page with this much text is long enough; what follows is in the next one.</summary>
    public const int Characters = 1024 * 1024;
}

/// <param name="Key">A <see cref="long"/> or a <see cref="string"/>.</param>
internal readonly record struct Row(object Key, string Text);

/// <summary>Transactions at a moment, by their numbers, which grow. The default says that no transaction writes at the same time as another.</summary>
/// <param name="Oldest">All below had ended.</param>
/// <param name="Next">The number that was to be given out next: all that had one were below.</param>
internal readonly record struct Horizon(ulong Oldest, ulong Next);

/// <summary>A row that is not as the settings say.</summary>
internal sealed class RowFormatException(string message) : FormatException(message);
