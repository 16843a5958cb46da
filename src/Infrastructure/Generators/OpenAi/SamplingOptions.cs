using System.Text.Json;
using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>The options of a model that a request may set, under the names that the model's server knows.</summary>
internal static class SamplingOptions
{
    private const string Temperature = "temperature";
    private const string MaxTokens = "max_tokens";
    private const string Stop = "stop";

    public static IReadOnlyList<SourceOption> All { get; } =
    [
        new(Temperature, OptionType.Number, "How random the text is.") { Minimum = 0, Maximum = 2 },
        new("top_p", OptionType.Number, "Share of the most likely tokens that the model chooses from.") { Minimum = 0, Maximum = 1 },
        new("presence_penalty", OptionType.Number, "Makes tokens less likely that the text has already.") { Minimum = -2, Maximum = 2 },
        new("frequency_penalty", OptionType.Number, "Makes tokens less likely the more often the text has them.") { Minimum = -2, Maximum = 2 },
        new("seed", OptionType.Integer, "Makes the text repeatable, as far as the model can."),
        new(Stop, OptionType.Text, "The text ends before this sequence, or before each of a JSON array of them."),
        new(MaxTokens, OptionType.Integer, "Largest length of the text in tokens.") { Minimum = 1, Maximum = 10_000_000 },
    ];

    /// <summary>Writes the options that were sent or are configured. A request can't exceed the configured length.</summary>
    public static void Write(Utf8JsonWriter json, SourceOptions sent, OpenAiOptions configured)
    {
        foreach (var option in All)
        {
            var value = sent.Find(option.Name);
            if (option.Name == MaxTokens)
                WriteMaxTokens(json, (long?)value, configured);
            else
                Write(json, option.Name, option.Name == Temperature ? value ?? configured.Temperature : value);
        }
    }

    private static void WriteMaxTokens(Utf8JsonWriter json, long? sent, OpenAiOptions configured)
    {
        if (sent is null && configured.MaxOutputTokens is null)
            return;
        json.WriteNumber(configured.MaxOutputTokensField, Math.Min(sent ?? long.MaxValue, configured.MaxOutputTokens ?? long.MaxValue));
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        if (value is double number)
            json.WriteNumber(name, number);
        else if (value is long integer)
            json.WriteNumber(name, integer);
        else if (value is string text && name == Stop && IsArrayOfStrings(text))
            WriteRaw(json, name, text);
        else if (value is string other)
            json.WriteString(name, other);
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }

    private static bool IsArrayOfStrings(string text)
    {
        if (!text.StartsWith('['))
            return false;
        try
        {
            return JsonSerializer.Deserialize<string?[]>(text) is { Length: > 0 } stops && !stops.Contains(null);
        }
        // A sequence that begins with a bracket.
        catch (JsonException)
        {
            return false;
        }
    }
}
