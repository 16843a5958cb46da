using System.Globalization;
using System.Text.Json;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Reads <c>messages</c>: an array of <c>{ "role": …, "content": … }</c>, oldest first.</summary>
internal static class ConversationField
{
    public const string Name = "messages";

    /// <summary>Returns the messages, or none after it has reported the errors to <paramref name="reject"/>.</summary>
    public static IReadOnlyList<ConversationMessage> Read(JsonElement value, Action<string, string> reject)
    {
        if (value.ValueKind is not JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            reject(Name, "'messages' must be an array with at least one message.");
            return [];
        }
        var messages = new List<ConversationMessage>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (ReadMessage(item, string.Create(CultureInfo.InvariantCulture, $"{Name}[{messages.Count}]"), reject) is not { } message)
                return [];
            messages.Add(message);
        }
        return messages;
    }

    private static ConversationMessage? ReadMessage(JsonElement item, string path, Action<string, string> reject)
    {
        if (item.ValueKind is not JsonValueKind.Object)
        {
            reject(path, $"'{path}' must be an object with 'role' and 'content'.");
            return null;
        }
        ConversationRole? role = null;
        string? content = null;
        foreach (var property in item.EnumerateObject())
        {
            var isText = property.Value.ValueKind is JsonValueKind.String;
            if (property.Name == "role" && isText)
                role = ParseRole(property.Value.GetString());
            else if (property.Name == "content" && isText)
                content = property.Value.GetString();
            else if (property.Name is not ("role" or "content"))
            {
                reject(path, $"'{path}' may have 'role' and 'content' only.");
                return null;
            }
        }
        if (role is null)
            reject($"{path}.role", $"'{path}.role' must be 'system', 'user' or 'assistant'.");
        if (string.IsNullOrEmpty(content))
            reject($"{path}.content", $"'{path}.content' must be text.");
        return role is { } known && !string.IsNullOrEmpty(content) ? new ConversationMessage(known, content) : null;
    }

    private static ConversationRole? ParseRole(string? role) => role switch
    {
        "system" => ConversationRole.System,
        "user" => ConversationRole.User,
        "assistant" => ConversationRole.Assistant,
        _ => null,
    };
}
