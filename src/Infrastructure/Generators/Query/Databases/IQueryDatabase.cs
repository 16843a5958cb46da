using SseStreaming.Infrastructure.Generators.Query.Polling;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>A database that is read from, and never written to.</summary>
internal interface IQueryDatabase : IAsyncDisposable
{
    /// <summary>Rings when there may be new rows; null if nothing tells.</summary>
    RowSignal? Signal { get; }

    /// <summary>The first rows after a key, in the order of their keys, as of one moment.</summary>
    Task<RowPage> ReadAsync(RowQuery query, CancellationToken cancellationToken);

    /// <summary>The one value that a statement gives; null if it gives none.</summary>
    Task<object?> ReadValueAsync(string sql, IReadOnlyList<BoundParameter> parameters, CancellationToken cancellationToken);
}
