namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <param name="After">Selects keys above this one.</param>
/// <param name="UpTo">Selects keys up to this one; null means all.</param>
/// <param name="MaxRows">With 0 the database still validates the statement.</param>
internal sealed record RowQuery(object After, object? UpTo, int MaxRows, IReadOnlyList<BoundParameter> Parameters);
