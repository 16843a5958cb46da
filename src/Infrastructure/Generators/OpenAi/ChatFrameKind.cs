namespace SseStreaming.Infrastructure.Generators.OpenAi;

internal enum ChatFrameKind
{
    /// <summary>More of the completion.</summary>
    Update,

    /// <summary>The marker of the end.</summary>
    Done,

    /// <summary>An error in place of more.</summary>
    Error,

    /// <summary>Not in the format.</summary>
    Garbled,
}
