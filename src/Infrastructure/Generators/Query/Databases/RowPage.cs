namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>Rows, and which transactions there were at the moment of which they are.</summary>
internal sealed record RowPage(IReadOnlyList<Row> Rows, Horizon Horizon)
{
    /// <summary>A page with this much text is long enough; what follows is in the next one.</summary>
    public const int Characters = 1024 * 1024;
}
