namespace SseStreaming.Application.Sources;

/// <summary>A source as a request may ask for it.</summary>
public sealed record SourceDescription(string Name, string Description)
{
    /// <summary>What a request may set, besides the prompt.</summary>
    public IReadOnlyList<SourceOption> Options { get; init; } = [];

    public PromptUse Prompt { get; init; } = PromptUse.Ignored;

    /// <summary>True if a request may carry a conversation instead of the prompt.</summary>
    public bool TakesMessages { get; init; }

    /// <summary>True if all requests for the same are served by one generation, as long as one runs.</summary>
    public bool IsShared { get; init; }

    /// <summary>For a source without end: about how many events a stream keeps; the oldest go. Null: all, up to the bounds of a stream.</summary>
    public long? KeepsEvents { get; init; }
}
