using System.Text.Json;
using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>What the next node needs beside the text: the usage that the calls so far have reported; null if none has.</summary>
internal sealed record ModelCheckpoint(GenerationUsage? Usage)
{
    /// <summary>The checkpoint of a string; null if the string is none.</summary>
    public static ModelCheckpoint? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ModelCheckpointJson.Default.ModelCheckpoint);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string ToString() => JsonSerializer.Serialize(this, ModelCheckpointJson.Default.ModelCheckpoint);
}
