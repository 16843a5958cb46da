namespace SseStreaming.Infrastructure.Generators.Query.Checkpoints;

/// <summary>Which rows a generation has read.</summary>
/// <param name="Floor">Rows with this key or a lower one can't appear any more.</param>
/// <param name="Head">The highest key that was read.</param>
/// <param name="Keys">At least the keys between floor and head that were read and still exist, in any order.</param>
internal sealed record QueryCheckpoint(object Floor, object Head, IReadOnlyCollection<object> Keys)
{
    /// <summary>Before the first row.</summary>
    public static QueryCheckpoint StartAfter(object firstKey) => new(firstKey, firstKey, []);
}
