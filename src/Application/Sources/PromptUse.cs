namespace SseStreaming.Application.Sources;

/// <summary>Whether a source takes a prompt.</summary>
public enum PromptUse
{
    /// <summary>A prompt is accepted and has no effect.</summary>
    Ignored,

    /// <summary>A request without a prompt is refused.</summary>
    Required,
}
