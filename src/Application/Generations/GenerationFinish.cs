namespace SseStreaming.Application.Generations;

/// <param name="Reason"><c>stop</c> for a normal end, <c>length</c> for a cut by a length limit, or the source's own word.</param>
public sealed record GenerationFinish(string Reason)
{
    public static GenerationFinish Stop { get; } = new("stop");

    /// <summary>What the generation cost, if its source says so.</summary>
    public GenerationUsage? Usage { get; init; }
}
