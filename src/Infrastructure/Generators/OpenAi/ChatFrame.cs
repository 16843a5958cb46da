using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>One frame of a chat completion, reduced to what matters here.</summary>
internal readonly record struct ChatFrame(ChatFrameKind Kind)
{
    /// <summary>What it adds to the text. A frame that reports an error may have some, too.</summary>
    public string Text { get; init; } = "";

    /// <summary>True if the model produced anything: text, thinking, the arguments of a tool.</summary>
    public bool HasOutput { get; init; }

    public FinishReason? Finish { get; init; }

    public GenerationUsage? Usage { get; init; }

    /// <summary>True if it has a field of a chat completion.</summary>
    public bool IsCompletion { get; init; }

    /// <summary>True if its text is a message, and no piece of one.</summary>
    public bool IsMessage { get; init; }
}
