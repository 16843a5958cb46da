namespace SseStreaming.Application.Sources;

public enum PromptUse
{
    /// <summary>It may be sent, and changes nothing.</summary>
    Ignored,

    /// <summary>A request without it is refused.</summary>
    Required,
}
