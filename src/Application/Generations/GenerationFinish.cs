namespace SseStreaming.Application.Generations;

/// <param name="Reason"><c>stop</c> for a normal end, <c>length</c> for a length limit, or a word of the source.</param>
public sealed record GenerationFinish(string Reason)
{
    /// <summary>The text is whole.</summary>
    public static GenerationFinish Stop { get; } = new("stop");

    /// <summary>The usage that the source reported, if any.</summary>
    public GenerationUsage? Usage { get; init; }
}
