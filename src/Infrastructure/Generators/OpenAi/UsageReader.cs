using System.Globalization;
using System.Text.Json;
using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Reads the token counts of a completion.</summary>
internal static class UsageReader
{
    /// <summary>Far above any count, and exact as a floating-point number.</summary>
    private const double MaxCount = 1e15;

    /// <summary>The usage, which some servers put into the choice; null if there is none, or none that can be used.</summary>
    public static GenerationUsage? Read(JsonElement root, JsonElement? choice) =>
        ReadCounts(root.Find("usage")) ?? ReadCounts(root.Find("x_groq").Find("usage")) ?? (choice is { } found ? ReadCounts(found.Find("usage")) : null);

    private static GenerationUsage? ReadCounts(JsonElement usage)
    {
        var (input, output) = (ReadCount(usage, "prompt_tokens", "input_tokens"), ReadCount(usage, "completion_tokens", "output_tokens"));
        var total = ReadCount(usage, "total_tokens");
        input ??= total - output;
        output ??= total - input;
        // Servers that do not count send zeros.
        return input >= 0 && output >= 0 && input + output > 0
            ? new GenerationUsage(input.Value, output.Value, Math.Max(total ?? 0, input.Value + output.Value))
            : null;
    }

    private static long? ReadCount(JsonElement usage, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            var value = usage.Find(name);
            var text = value.ValueKind is JsonValueKind.Number ? value.GetRawText() : value.ToText();
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var count) && count is >= 0 and <= MaxCount)
                return (long)Math.Round(count);
        }
        return null;
    }
}
