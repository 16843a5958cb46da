namespace SseStreaming.Api.Doors.AiSdk;

/// <summary>The id that a client gives to a chat.</summary>
internal static class ChatId
{
    public const string Rule = "must be 1 to 128 characters without control characters, and neither '.' nor '..'";

    private const int MaxLength = 128;

    /// <summary>A URL can't have the segments <c>.</c> and <c>..</c>, and a database can't store every control character.</summary>
    public static bool IsValid(string? text) =>
        text is { Length: >= 1 and <= MaxLength } and not ("." or "..") && !text.Any(char.IsControl);
}
