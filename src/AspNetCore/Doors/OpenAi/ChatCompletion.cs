using System.Globalization;
using System.Text;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>The JSON of a chat completion.</summary>
internal static class ChatCompletion
{
    private const string IdPrefix = "chatcmpl-";

    /// <summary>The fields that a completion and its chunks share, without the closing brace.</summary>
    public static string CreateHead(StreamState state, string type) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"id":"{{IdPrefix}}{{state.Id}}","object":"{{type}}","created":{{state.Created.ToUnixTimeSeconds()}},"model":{{JsonSerializer.Serialize(state.Source)}}""");

    /// <summary>A whole completion, split at its text.</summary>
    public static (byte[] BeforeText, byte[] AfterText) Create(StreamState state, StreamEnd end)
    {
        var usage = end.Usage is { } told ? $",\"usage\":{CreateUsage(told)}" : "";
        return (
            Encoding.UTF8.GetBytes(CreateHead(state, "chat.completion") + ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""),
            Encoding.UTF8.GetBytes($"\",\"refusal\":null}},\"finish_reason\":{CreateFinishReason(end)}}}]{usage}}}"));
    }

    public static string CreateUsage(GenerationUsage usage) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"prompt_tokens":{{usage.InputTokens}},"completion_tokens":{{usage.OutputTokens}},"total_tokens":{{usage.TotalTokens}}}""");

    /// <summary>
    /// The finish reason as a JSON string. A word that the API does not define is passed on, because the text may not be whole.
    /// </summary>
    public static string CreateFinishReason(StreamEnd end) => JsonSerializer.Serialize(end.IsLimit ? "length" : end.Reason);
}
