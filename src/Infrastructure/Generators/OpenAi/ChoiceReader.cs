using System.Text.Json;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Reads the text and the finish reason of a choice, in each place where a server may have put them.</summary>
internal static class ChoiceReader
{
    private static readonly string[] FinishFields = ["finish_reason", "finishReason", "finish_details"];

    /// <summary>The one choice that was asked for; null in a frame without any.</summary>
    public static JsonElement? Find(JsonElement root)
    {
        var choices = root.Find("choices");
        if (choices.ValueKind is not JsonValueKind.Array)
            return null;
        foreach (var choice in choices.EnumerateArray())
        {
            if (choice.IsObject())
                return choice;
        }
        return null;
    }

    /// <summary>The frame itself, if it has what else a choice has.</summary>
    public static JsonElement? FindOutsideChoices(JsonElement root) =>
        root.Find("delta").IsObject() || root.Find("message").IsObject() || root.FindText("text").Length > 0 ? root : null;

    public static bool IsMessage(JsonElement choice) => !HasDelta(choice);

    /// <summary>
    /// The piece of text that a delta has. A server that sends a message beside it repeats there what it has sent so far.
    /// </summary>
    public static string ReadText(JsonElement choice)
    {
        if (HasDelta(choice))
            return ReadMessage(choice.Find("delta"));
        return ReadMessage(choice.Find("message")) is { Length: > 0 } text ? text : choice.FindText("text");
    }

    public static FinishReason? ReadFinish(JsonElement root, JsonElement choice)
    {
        foreach (var place in (ReadOnlySpan<JsonElement>)[choice, choice.Find("delta"), choice.Find("message"), root])
        {
            foreach (var name in FinishFields)
            {
                var field = place.Find(name);
                var word = field.IsObject() ? field.FindText("type", "reason") : field.ToText();
                if (FinishReason.FromWord(word) is { } reason)
                    return reason;
            }
        }
        return null;
    }

    private static bool HasDelta(JsonElement choice) => choice.Find("delta") is { ValueKind: JsonValueKind.Object } delta && delta.EnumerateObject().Any();

    /// <summary>A refusal is what the model says in place of an answer.</summary>
    private static string ReadMessage(JsonElement message) =>
        ReadContent(message.Find("content")) is { Length: > 0 } text ? text : message.FindText("text", "refusal");

    /// <summary>The content is a string, a part, or parts of which some are text.</summary>
    private static string ReadContent(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(ReadPart)),
        JsonValueKind.Object => ReadPart(content),
        _ => content.ToText(),
    };

    private static string ReadPart(JsonElement part) =>
        part.IsObject()
            ? part.FindText("type") is "" or "text" or "output_text" ? part.FindText("text") : part.FindText("refusal")
            : part.ToText();
}
