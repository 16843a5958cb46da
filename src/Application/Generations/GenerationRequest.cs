using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;

namespace SseStreaming.Application.Generations;

/// <summary>The input of a generator.</summary>
public sealed record GenerationRequest(string? Prompt, SourceOptions Options)
{
    /// <summary>The conversation, if the request has one in place of a prompt; else empty.</summary>
    public IReadOnlyList<ConversationMessage> Messages { get; init; } = [];

    /// <summary>
    /// The authenticated subject that the stream belongs to, also when the generation is continued; null without authentication, and for a
    /// shared source.
    /// </summary>
    public string? Subject { get; init; }

    /// <summary>Without the prompt, which must not be logged.</summary>
    public override string ToString() => nameof(GenerationRequest);
}
