namespace SseStreaming.Application.Generations;

/// <summary>Where a generation was interrupted.</summary>
/// <param name="Checkpoint">The last checkpoint that was stored.</param>
/// <param name="Characters">UTF-16 code units generated before the interruption, as many as <see cref="ReadTextAsync"/> returns.</param>
/// <param name="StartedAt">When the generation started.</param>
public sealed record ContinuationPoint(string Checkpoint, long Characters, DateTimeOffset StartedAt)
{
    /// <summary>Reads the text generated before the interruption.</summary>
    public required Func<CancellationToken, ValueTask<string>> ReadTextAsync { get; init; }
}
