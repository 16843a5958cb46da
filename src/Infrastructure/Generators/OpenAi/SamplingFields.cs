using System.Text.Json;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>The sampling options as fields of a chat completion request.</summary>
internal static class SamplingFields
{
    /// <summary>Writes the options that were sent or are configured. A request can't exceed the configured length.</summary>
    public static void Write(Utf8JsonWriter json, SourceOptions sent, OpenAiOptions configured)
    {
        foreach (var option in SamplingOptions.All)
        {
            switch (option.Name)
            {
                case SamplingOptions.MaxTokens:
                    Write(json, configured.MaxOutputTokensField, SamplingOptions.GetMaxTokens(sent, configured));
                    break;
                case SamplingOptions.Temperature:
                    Write(json, option.Name, SamplingOptions.GetTemperature(sent, configured));
                    break;
                // One sequence is sent as a string, because some servers take no array.
                case SamplingOptions.Stop:
                    Write(json, option.Name, SamplingOptions.GetStopSequences(sent) is { } stops ? stops.Count == 1 ? stops[0] : stops : null);
                    break;
                default:
                    Write(json, option.Name, sent.Find(option.Name));
                    break;
            }
        }
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case double number:
                json.WriteNumber(name, number);
                break;
            case long integer:
                json.WriteNumber(name, integer);
                break;
            case int integer:
                json.WriteNumber(name, integer);
                break;
            case string text:
                json.WriteString(name, text);
                break;
            case IReadOnlyList<string> texts:
                json.WriteStartArray(name);
                foreach (var text in texts)
                    json.WriteStringValue(text);
                json.WriteEndArray();
                break;
        }
    }
}
