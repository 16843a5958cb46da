using System.Text.Json;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Finds signs of life: anything that a model produces, whether or not it is part of the text.</summary>
internal static class OutputDetector
{
    /// <summary>Fields that say what a part is, and are there before anything is produced.</summary>
    private static readonly string[] Labels = ["role", "type", "id", "object", "format"];

    /// <summary>The name of a function is output; that of a speaker is not.</summary>
    private static readonly string[] LabelsOfMessage = [.. Labels, "name"];

    private static readonly string[] ThinkingFields = ["reasoning_content", "reasoning", "thinking", "thinking_content", "thought"];

    public static bool HasOutput(JsonElement choice) =>
        HasThinking(choice) || choice.FindText("text").Length > 0
        || HasText(choice.Find("delta"), LabelsOfMessage) || HasText(choice.Find("message"), LabelsOfMessage);

    /// <summary>True for thinking beside the delta.</summary>
    public static bool HasThinking(JsonElement element) => ThinkingFields.Any(name => HasText(element.Find(name), Labels));

    /// <summary>True for any string with a text in it, at any depth.</summary>
    private static bool HasText(JsonElement value, string[] labels) => value.ValueKind switch
    {
        JsonValueKind.String => !value.IsEmptyString(),
        JsonValueKind.Array => value.EnumerateArray().Any(item => HasText(item, Labels)),
        JsonValueKind.Object => value.EnumerateObject().Any(property => !labels.Any(label => property.HasName(label)) && HasText(property.Value, Labels)),
        _ => false,
    };
}
