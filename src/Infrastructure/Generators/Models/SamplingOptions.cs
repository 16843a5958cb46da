using System.Text.Json;
using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>The options of a model that a request may set, under the names that model servers know.</summary>
internal static class SamplingOptions
{
    public const string Temperature = "temperature";
    public const string TopP = "top_p";
    public const string PresencePenalty = "presence_penalty";
    public const string FrequencyPenalty = "frequency_penalty";
    public const string Seed = "seed";
    public const string Stop = "stop";
    public const string MaxTokens = "max_tokens";

    public static IReadOnlyList<SourceOption> All { get; } =
    [
        new(Temperature, OptionType.Number, "How random the text is.") { Minimum = 0, Maximum = 2 },
        new(TopP, OptionType.Number, "Share of the most likely tokens that the model chooses from.") { Minimum = 0, Maximum = 1 },
        new(PresencePenalty, OptionType.Number, "Makes tokens less likely that the text has already.") { Minimum = -2, Maximum = 2 },
        new(FrequencyPenalty, OptionType.Number, "Makes tokens less likely the more often the text has them.") { Minimum = -2, Maximum = 2 },
        new(Seed, OptionType.Integer, "Makes the text repeatable, as far as the model can."),
        new(Stop, OptionType.Text, "The text ends before this sequence, or before each of a JSON array of them."),
        new(MaxTokens, OptionType.Integer, "Largest length of the text in tokens.") { Minimum = 1, Maximum = 10_000_000 },
    ];

    public static double? GetTemperature(SourceOptions sent, ModelOptions configured) => sent.OptionalNumber(Temperature) ?? configured.Temperature;

    /// <summary>The length that was sent, at most the configured one; null if there is neither.</summary>
    public static int? GetMaxTokens(SourceOptions sent, ModelOptions configured) => (int?)sent.OptionalInteger(MaxTokens) is { } length
        ? Math.Min(length, configured.MaxOutputTokens ?? length)
        : configured.MaxOutputTokens;

    /// <summary>The sequence that was sent, or the sequences of a JSON array of them; null if there is none.</summary>
    public static IReadOnlyList<string>? GetStopSequences(SourceOptions sent) =>
        sent.OptionalText(Stop) is { } text ? ReadArray(text) ?? [text] : null;

    private static string[]? ReadArray(string text)
    {
        if (!text.StartsWith('['))
            return null;
        try
        {
            string?[]? stops = JsonSerializer.Deserialize<string?[]>(text);
            return stops?.Length > 0 && !stops.Contains(null) ? [.. stops.OfType<string>()] : null;
        }
        // A sequence that begins with a bracket.
        catch (JsonException)
        {
            return null;
        }
    }
}
