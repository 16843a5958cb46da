namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <param name="After">Only rows with keys above this.</param>
/// <param name="UpTo">And not above this; null for no such bound.</param>
/// <param name="Most">At most so many rows; with 0 the database still checks the statement.</param>
internal sealed record RowQuery(object After, object? UpTo, int Most, IReadOnlyList<BoundParameter> Parameters);
