namespace SseStreaming.Infrastructure.Generators.OpenAi;

internal enum ChatFrameKind
{
    /// <summary>More of the completion.</summary>
    Update,

    /// <summary>A keep-alive, or an event that is not part of the completion.</summary>
    Ignored,

    /// <summary>The end marker.</summary>
    Done,

    /// <summary>An error in place of more.</summary>
    Error,

    /// <summary>Not in the format.</summary>
    Garbled,

    /// <summary>JSON, or an end marker, whose rest is missing.</summary>
    Incomplete,
}
