using System.Globalization;
using System.Text;
using System.Text.Json;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.AiSdk;

/// <summary>Reads UI messages, oldest first. Only their roles and the text of their parts count.</summary>
internal static class UiMessages
{
    public const string Name = "messages";

    /// <summary>Returns the messages that have text, or none after it has reported an error to <paramref name="reject"/>.</summary>
    public static IReadOnlyList<ConversationMessage> Read(JsonElement value, Action<string, string> reject)
    {
        if (value.ValueKind is not JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            reject(Name, "'messages' must be an array with at least one message.");
            return [];
        }
        var messages = new List<ConversationMessage>(value.GetArrayLength());
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (ReadMessage(item, string.Create(CultureInfo.InvariantCulture, $"{Name}[{index++}]"), reject) is not { } message)
                return [];
            // An answer that was stopped before its first word has no text.
            if (message.Content.Length > 0)
                messages.Add(message);
            else if (message.Role is ConversationRole.User && index == value.GetArrayLength())
                reject(Name, "The last message has no text.");
        }
        return messages;
    }

    private static ConversationMessage? ReadMessage(JsonElement item, string path, Action<string, string> reject)
    {
        if (item.ValueKind is not JsonValueKind.Object)
        {
            reject(path, $"'{path}' must be an object with 'role' and 'parts'.");
            return null;
        }
        if (ReadRole(item) is not { } role)
        {
            reject($"{path}.role", $"'{path}.role' must be 'system', 'user' or 'assistant'.");
            return null;
        }
        if (!item.TryGetProperty("parts", out var parts) || parts.ValueKind is not JsonValueKind.Array)
        {
            reject($"{path}.parts", $"'{path}.parts' must be an array.");
            return null;
        }
        return ReadText(parts, $"{path}.parts", reject) is { } text ? new ConversationMessage(role, text) : null;
    }

    private static ConversationRole? ReadRole(JsonElement message) => ReadString(message, "role") switch
    {
        "system" => ConversationRole.System,
        "user" => ConversationRole.User,
        "assistant" => ConversationRole.Assistant,
        _ => null,
    };

    /// <summary>The text of all parts; null if a part can't be read.</summary>
    private static string? ReadText(JsonElement parts, string path, Action<string, string> reject)
    {
        var text = new StringBuilder();
        var index = 0;
        foreach (var part in parts.EnumerateArray())
        {
            var type = ReadString(part, "type");
            var error = type is null ? "must be an object with a 'type'."
                : type is "file" ? "is a file: only text is supported."
                : type is "text" && ReadString(part, "text") is null ? "must have a 'text'."
                : null;
            if (error is not null)
            {
                var place = string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");
                reject(place, $"'{place}' {error}");
                return null;
            }
            if (type is "text")
                text.Append(ReadString(part, "text"));
            index++;
        }
        return text.ToString();
    }

    private static string? ReadString(JsonElement item, string name) =>
        item.ValueKind is JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
