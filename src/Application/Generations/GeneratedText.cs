namespace SseStreaming.Application.Generations;

/// <summary>A piece of generated text; the last piece may say how the generation finished.</summary>
/// <param name="Text">May be empty.</param>
/// <param name="Finish">Only in the last piece; a generation without it finished with <c>stop</c>.</param>
public readonly record struct GeneratedText(string Text, GenerationFinish? Finish = null)
{
    public static implicit operator GeneratedText(string text) => FromString(text);

    public static GeneratedText FromString(string text) => new(text);
}
