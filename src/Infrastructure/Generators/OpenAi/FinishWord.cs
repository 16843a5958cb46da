namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>The word for how a completion finished.</summary>
internal static class FinishWord
{
    /// <summary>The server marked the end, but did not say how it came about.</summary>
    public const string Unknown = "unknown";

    private const string Length = "length";
    private const int Longest = 32;

    /// <summary>The server's word, if it is one; null for an empty one, which some servers send with every frame.</summary>
    public static string? Of(string word) => word switch
    {
        "" => null,
        // A cut must be known as one, whatever the server calls it.
        "max_tokens" or "max_output_tokens" or "model_length" => Length,
        _ => word.Length <= Longest && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? word : Unknown,
    };
}
