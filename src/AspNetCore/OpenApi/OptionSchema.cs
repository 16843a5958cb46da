using System.Text.Json.Nodes;
using SseStreaming.Application.Sources;

namespace SseStreaming.AspNetCore.OpenApi;

/// <summary>The options of a source as a JSON Schema.</summary>
internal static class OptionSchema
{
    public static JsonObject Create(IReadOnlyList<SourceOption> options) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(options.Select(option => KeyValuePair.Create(option.Name, (JsonNode?)Create(option)))),
        ["required"] = new JsonArray([.. options.Where(option => option.Required).Select(option => (JsonNode)option.Name)]),
        ["additionalProperties"] = false,
    };

    /// <summary>The word of JSON Schema for a type.</summary>
    public static string GetTypeName(OptionType type) => type switch
    {
        OptionType.Integer => "integer",
        OptionType.Number => "number",
        OptionType.Boolean => "boolean",
        _ => "string",
    };

    private static JsonObject Create(SourceOption option)
    {
        var schema = new JsonObject { ["type"] = GetTypeName(option.Type), ["description"] = option.Description };
        if (option.Type is OptionType.Integer or OptionType.Number)
        {
            if (option.Minimum != long.MinValue)
                schema["minimum"] = option.Minimum;
            if (option.Maximum != long.MaxValue)
                schema["maximum"] = option.Maximum;
        }
        else if (option.Type is OptionType.Text)
        {
            schema["minLength"] = 1;
            schema["maxLength"] = option.MaxLength;
        }
        if (option.Default is not null)
            schema["default"] = JsonValue.Create(option.Default);
        return schema;
    }
}
