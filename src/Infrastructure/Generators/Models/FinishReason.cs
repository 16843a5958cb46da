using System.Buffers;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>Why a completion ended, in the four names that clients know, or in the server's own word.</summary>
internal readonly record struct FinishReason(string Name)
{
    private const int MaxLength = 64;

    private static readonly SearchValues<char> OwnWordCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.: ");

    public static FinishReason Stop { get; } = new("stop");

    public static FinishReason Length { get; } = new("length");

    public static FinishReason ContentFilter { get; } = new("content_filter");

    public static FinishReason ToolCalls { get; } = new("tool_calls");

    public static FinishReason FunctionCall { get; } = new("function_call");

    /// <summary>The server marked the end of the text without a reason.</summary>
    public static FinishReason Unknown { get; } = new("unknown");

    /// <summary>The model's server gave up. This is a fault, and never reaches a client as a finish reason.</summary>
    public static FinishReason Failed { get; } = new("error");

    /// <summary>The class of a server's word; null if the word means that the text is not finished.</summary>
    public static FinishReason? FromWord(string word)
    {
        var key = string.Concat(word.Where(char.IsLetterOrDigit)).ToLowerInvariant();
        if (FinishWords.Unfinished.Contains(key))
            return null;
        // Only a known word makes a text whole: to call a cut text complete is the worst mistake.
        return FinishWords.Whole.Contains(key) ? Stop
            : FinishWords.ToolCalls.Contains(key) ? ToolCalls
            : FinishWords.FunctionCalls.Contains(key) ? FunctionCall
            : FinishWords.IsLength(key) ? Length
            : FinishWords.IsContentFilter(key) ? ContentFilter
            : FinishWords.IsFailure(key) ? Failed
            : new FinishReason(CanBeShown(word) ? word.Trim().ToLowerInvariant() : Unknown.Name);
    }

    private static bool CanBeShown(string word) => word.Length <= MaxLength && !word.AsSpan().ContainsAnyExcept(OwnWordCharacters);
}
