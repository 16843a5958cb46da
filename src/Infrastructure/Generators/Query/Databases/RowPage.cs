namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>Rows of one snapshot, and the transactions at the moment of that snapshot.</summary>
internal sealed record RowPage(IReadOnlyList<Row> Rows, Horizon Horizon)
{
    /// <summary>A page ends after this much text; the next page continues.</summary>
    public const int MaxCharacters = 1024 * 1024;
}
