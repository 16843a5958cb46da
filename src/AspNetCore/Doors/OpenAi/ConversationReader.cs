using System.Globalization;
using System.Text;
using System.Text.Json;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>Reads the messages of a chat, or the input of a response.</summary>
internal static class ConversationReader
{
    private static readonly string[] ChatParts = ["text"];
    private static readonly string[] ResponseParts = ["input_text", "output_text", "text"];

    /// <summary>Reads <c>messages</c>.</summary>
    public static OpenAiError? ReadMessages(JsonElement body, List<ConversationMessage> messages) =>
        body.TryGetProperty("messages", out var array) && array.ValueKind is JsonValueKind.Array && array.GetArrayLength() > 0
            ? Read(array, "messages", ChatParts, messages)
            : OpenAiError.Invalid("messages", "'messages' must be an array with at least one message.");

    /// <summary>Reads <c>instructions</c> and <c>input</c>.</summary>
    public static OpenAiError? ReadInput(JsonElement body, List<ConversationMessage> messages)
    {
        if (body.TryGetProperty("instructions", out var instructions) && instructions.ValueKind is not JsonValueKind.Null)
        {
            if (instructions.ValueKind is not JsonValueKind.String)
                return OpenAiError.Invalid("instructions", "'instructions' must be a string.");
            messages.Add(new ConversationMessage(ConversationRole.System, instructions.GetString()!));
        }
        body.TryGetProperty("input", out var input);
        switch (input.ValueKind)
        {
            case JsonValueKind.String:
                messages.Add(new ConversationMessage(ConversationRole.User, input.GetString()!));
                return null;
            case JsonValueKind.Array when input.GetArrayLength() > 0:
                return Read(input, "input", ResponseParts, messages);
            default:
                return OpenAiError.Invalid("input", "'input' must be a string, or an array with at least one message.");
        }
    }

    private static OpenAiError? Read(JsonElement array, string name, string[] parts, List<ConversationMessage> messages)
    {
        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            if (ReadMessage(item, string.Create(CultureInfo.InvariantCulture, $"{name}[{index++}]"), parts, messages) is { } error)
                return error;
        }
        return null;
    }

    private static OpenAiError? ReadMessage(JsonElement item, string path, string[] parts, List<ConversationMessage> messages)
    {
        if (item.ValueKind is not JsonValueKind.Object)
            return OpenAiError.Invalid(path, $"'{path}' must be an object with 'role' and 'content'.");
        if (item.TryGetProperty("type", out var type) && !IsOneOf(type, ["message"]))
            return Unsupported($"{path}.type", "'message'");
        if (item.TryGetProperty("tool_calls", out var calls) && calls.ValueKind is JsonValueKind.Array && calls.GetArrayLength() > 0)
            return Unsupported($"{path}.tool_calls", "[]");
        ConversationRole? role = !item.TryGetProperty("role", out var text) || text.ValueKind is not JsonValueKind.String ? null : text.GetString() switch
        {
            "system" or "developer" => ConversationRole.System,
            "user" => ConversationRole.User,
            "assistant" => ConversationRole.Assistant,
            _ => null,
        };
        if (role is not { } known)
            return Unsupported($"{path}.role", "'system', 'developer', 'user' and 'assistant'");
        item.TryGetProperty("content", out var content);
        var error = ReadContent(content, $"{path}.content", parts, out var words);
        if (error is null)
            messages.Add(new ConversationMessage(known, words));
        return error;
    }

    private static OpenAiError? ReadContent(JsonElement content, string path, string[] parts, out string words)
    {
        words = "";
        if (content.ValueKind is JsonValueKind.String)
        {
            words = content.GetString()!;
            return null;
        }
        if (content.ValueKind is not JsonValueKind.Array)
            return OpenAiError.Invalid(path, $"'{path}' must be a string or an array of parts.");
        var all = new StringBuilder();
        var index = 0;
        foreach (var part in content.EnumerateArray())
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]");
            if (part.ValueKind is not JsonValueKind.Object || !part.TryGetProperty("type", out var type) || !IsOneOf(type, parts))
                return Unsupported($"{place}.type", string.Join(", ", parts.Select(name => $"'{name}'")));
            if (!part.TryGetProperty("text", out var text) || text.ValueKind is not JsonValueKind.String)
                return OpenAiError.Invalid($"{place}.text", $"'{place}.text' must be a string.");
            all.Append(text.GetString());
        }
        words = all.ToString();
        return null;
    }

    private static bool IsOneOf(JsonElement value, string[] names) => value.ValueKind is JsonValueKind.String && names.Contains(value.GetString());

    private static OpenAiError Unsupported(string path, string supported) =>
        OpenAiError.Invalid(path, $"The value of '{path}' is not supported: this server takes {supported}.", OpenAiError.UnsupportedValue);
}
