using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;

namespace SseStreaming.Application.Generations;

/// <summary>What a generator is asked for.</summary>
public sealed record GenerationRequest(string? Prompt, SourceOptions Options)
{
    /// <summary>The conversation that came in place of a prompt, for a source that takes one; else empty.</summary>
    public IReadOnlyList<ConversationMessage> Messages { get; init; } = [];

    /// <summary>Without the prompt, which is nobody's to log.</summary>
    public override string ToString() => nameof(GenerationRequest);
}
