using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.AiSdk;

/// <summary>The id that a client gives to a chat.</summary>
internal static class ChatId
{
    public static readonly string Rule = $"must be 1 to {StreamLabels.MaxThreadCharacters} characters without control characters, and neither '.' nor '..'";

    /// <summary>True for the name of a thread that can be a segment of a URL, which <c>.</c> and <c>..</c> can't.</summary>
    public static bool IsValid(string? text) => text is not (null or "." or "..") && StreamLabels.IsThread(text);
}
