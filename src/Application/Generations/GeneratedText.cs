namespace SseStreaming.Application.Generations;

/// <summary>A piece of generated text; the last piece may say how the generation finished.</summary>
/// <param name="Text">May be empty.</param>
/// <param name="Finish">Only in the last piece; a generation without it finished with <c>stop</c>.</param>
/// <param name="Checkpoint">
/// The state of an <see cref="IResumableGenerator"/> after this piece: at most <see cref="MaxCheckpointBytes"/> bytes of UTF-8. Null
/// if the last one is still valid; empty if the generation can't be continued until the next one.
/// </param>
public readonly record struct GeneratedText(string Text, GenerationFinish? Finish = null, string? Checkpoint = null)
{
    /// <summary>Bytes of a checkpoint in UTF-8, at most.</summary>
    public const int MaxCheckpointBytes = 4096;

    /// <summary>A piece of text.</summary>
    public static implicit operator GeneratedText(string text) => FromString(text);

    /// <summary>A piece of text.</summary>
    public static GeneratedText FromString(string text) => new(text);
}
