namespace SseStreaming.Application.Generations;

/// <summary>A piece of generated text, and, with the last one, how it came to its end.</summary>
/// <param name="Text">May be empty, which says nothing.</param>
/// <param name="Finish">Null but for the last piece; a generation that never says has finished with <c>stop</c>.</param>
public readonly record struct GeneratedText(string Text, GenerationFinish? Finish = null)
{
    public static implicit operator GeneratedText(string text) => FromString(text);

    public static GeneratedText FromString(string text) => new(text);
}
