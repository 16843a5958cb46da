using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>The facts of a response that its stream does not have. They are kept with the stream.</summary>
internal sealed partial record ResponseProperties
{
    private static ResponseProperties None { get; } = new();

    public bool Background { get; init; }

    public Dictionary<string, string>? Metadata { get; init; }

    public string? Instructions { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public long? MaxOutputTokens { get; init; }

    /// <summary>The default ones for a stream that was not started as a response.</summary>
    public static ResponseProperties Parse(string? json)
    {
        try
        {
            return json is null ? None : JsonSerializer.Deserialize(json, Context.Default.ResponseProperties) ?? None;
        }
        catch (JsonException)
        {
            return None;
        }
    }

    /// <summary>Null if it is too long. Long instructions are left out: they are only an echo, because the model gets them as a message.</summary>
    public string? ToJson()
    {
        var json = JsonSerializer.Serialize(this, Context.Default.ResponseProperties);
        return Encoding.UTF8.GetByteCount(json) <= StreamLabels.MaxPropertiesBytes ? json
            : Instructions is null ? null
            : (this with { Instructions = null }).ToJson();
    }

    /// <summary>Without the content, which must not be logged.</summary>
    public override string ToString() => nameof(ResponseProperties);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
    [JsonSerializable(typeof(ResponseProperties))]
    private sealed partial class Context : JsonSerializerContext;
}
