namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>The request by which a server continues a text that broke off, which is the last message of the assistant.</summary>
internal enum ContinueMethod
{
    /// <summary>The server can't continue a text.</summary>
    None,

    /// <summary>The message as it is.</summary>
    Assistant,

    /// <summary>The message with <c>"prefix": true</c>.</summary>
    Prefix,

    /// <summary>The request with <c>"continue_final_message": true</c>.</summary>
    ContinueFinalMessage,
}
