
namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>A database that a source reads. It is never written to.</summary>
internal interface IQueryDatabase : IAsyncDisposable
{
    /// <summary>Notifies when there may be new rows; null if the database sends no notifications.</summary>
    RowSignal? Signal { get; }

    /// <summary>The first rows after a key, ordered by key, from one snapshot.</summary>
    Task<RowPage> ReadAsync(RowQuery query, CancellationToken cancellationToken);

    /// <summary>The single value that a statement returns; null if it returns none.</summary>
    Task<object?> ReadValueAsync(string sql, IReadOnlyList<BoundParameter> parameters, CancellationToken cancellationToken);
}
