using System.Text.Json;
using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>One event of a streamed chat completion, as far as it matters here.</summary>
internal readonly record struct ChatFrame(ChatFrameKind Kind)
{
    /// <summary>What it adds to the text.</summary>
    public string Text { get; private init; } = "";

    /// <summary>True if the model thought aloud: that is no part of the text, but a sign of life.</summary>
    public bool HasReasoning { get; private init; }

    public string? FinishReason { get; private init; }

    public GenerationUsage? Usage { get; private init; }

    public static ChatFrame Parse(string eventType, ReadOnlySpan<byte> data)
    {
        if (data.Trim(" "u8).SequenceEqual("[DONE]"u8))
            return new ChatFrame(ChatFrameKind.Done);
        // Some servers name the event; it holds then what the field 'error' does else.
        if (eventType == "error")
            return new ChatFrame(ChatFrameKind.Error);
        try
        {
            var reader = new Utf8JsonReader(data);
            using var document = JsonDocument.ParseValue(ref reader);
            // Anything after the JSON makes it none.
            return reader.BytesConsumed == data.TrimEnd(" \t"u8).Length ? Read(document.RootElement) : new ChatFrame(ChatFrameKind.Garbled);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return new ChatFrame(ChatFrameKind.Garbled);
        }
    }

    private static ChatFrame Read(JsonElement root)
    {
        if (root.ValueKind is not JsonValueKind.Object)
            return new ChatFrame(ChatFrameKind.Garbled);
        if (root.TryGetProperty("error", out var error) && error.ValueKind is not JsonValueKind.Null)
            return new ChatFrame(ChatFrameKind.Error);
        // Of a request for one choice there is one; the frame with the usage has none.
        var frame = root.TryGetProperty("choices", out var choices) && choices.ValueKind is JsonValueKind.Array && choices.GetArrayLength() > 0
            ? ReadChoice(choices[0])
            : new ChatFrame(ChatFrameKind.Update);
        return frame with { Usage = ReadUsage(root) };
    }

    private static ChatFrame ReadChoice(JsonElement choice)
    {
        var hasDelta = choice.TryGetProperty("delta", out var delta) && delta.ValueKind is JsonValueKind.Object;
        return new ChatFrame(ChatFrameKind.Update)
        {
            Text = hasDelta ? TextOf(delta) : "",
            HasReasoning = hasDelta && (IsFilled(delta, "reasoning_content") || IsFilled(delta, "reasoning")),
            FinishReason = choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind is JsonValueKind.String
                ? FinishWord.Of(reason.GetString()!)
                : null,
        };
    }

    /// <summary>The text of a delta: a string, or parts of which some are text. A refusal is what the model says instead.</summary>
    private static string TextOf(JsonElement delta)
    {
        if (delta.TryGetProperty("content", out var content) && content.ValueKind is JsonValueKind.Array)
            return string.Concat(content.EnumerateArray().Where(IsText).Select(part => JsonText.Of(part.GetProperty("text"))));
        if (content.ValueKind is JsonValueKind.String && JsonText.Of(content) is { Length: > 0 } text)
            return text;
        return delta.TryGetProperty("refusal", out var refusal) && refusal.ValueKind is JsonValueKind.String ? JsonText.Of(refusal) : "";
    }

    private static bool IsText(JsonElement part) =>
        part.ValueKind is JsonValueKind.Object
        && part.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String && type.ValueEquals("text"u8)
        && part.TryGetProperty("text", out var text) && text.ValueKind is JsonValueKind.String;

    private static bool IsFilled(JsonElement delta, string name) =>
        delta.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && !value.ValueEquals(""u8);

    private static GenerationUsage? ReadUsage(JsonElement root)
    {
        if (!root.TryGetProperty("usage", out var usage) || usage.ValueKind is not JsonValueKind.Object)
            return null;
        long input = Count(usage, "prompt_tokens"), output = Count(usage, "completion_tokens");
        return new GenerationUsage(input, output, Math.Max(Count(usage, "total_tokens"), input + output));
    }

    private static long Count(JsonElement usage, string name) =>
        usage.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var count) && count > 0
            ? count
            : 0;
}
