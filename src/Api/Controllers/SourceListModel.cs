using System.Text.Json.Nodes;
using SseStreaming.Application;
using SseStreaming.Application.Sources;

namespace SseStreaming.Api.Controllers;

/// <summary>The sources of this server.</summary>
/// <param name="Default">The source of a request that names none.</param>
/// <param name="Sources">All of them, by name.</param>
internal sealed record SourceListModel(string Default, IReadOnlyList<SourceModel> Sources)
{
    internal static SourceListModel Of(ITextStreamService streams) =>
        new(streams.DefaultSource, [.. streams.Sources.Select(source => SourceModel.Of(source, streams.DefaultSource))]);
}

/// <summary>One source.</summary>
/// <param name="Name">What a request says in <c>source</c>.</param>
/// <param name="Description">What it is, in a sentence.</param>
/// <param name="Default">True for the source of a request that names none.</param>
/// <param name="TakesPrompt">True if it does something with <c>prompt</c>, and needs it.</param>
/// <param name="Options">JSON Schema of its options, which a request sends beside <c>prompt</c> and <c>source</c>.</param>
internal sealed record SourceModel(string Name, string Description, bool Default, bool TakesPrompt, JsonObject Options)
{
    internal static SourceModel Of(SourceDescription source, string defaultSource) => new(
        source.Name, source.Description, source.Name == defaultSource, source.Prompt is not PromptUse.Ignored, SchemaOf(source));

    private static JsonObject SchemaOf(SourceDescription source) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(source.Options.Select(option => KeyValuePair.Create(option.Name, (JsonNode?)SchemaOf(option)))),
        ["required"] = new JsonArray([.. source.Options.Where(option => option.Required).Select(option => (JsonNode)option.Name)]),
        ["additionalProperties"] = false,
    };

    private static JsonObject SchemaOf(SourceOption option)
    {
        var schema = new JsonObject { ["type"] = option.Type is OptionType.Integer ? "integer" : "string", ["description"] = option.Description };
        if (option.Type is OptionType.Integer)
        {
            schema["minimum"] = option.Minimum;
            schema["maximum"] = option.Maximum;
        }
        else
        {
            schema["minLength"] = 1;
            schema["maxLength"] = option.MaxLength;
        }
        if (option.Default is not null)
            schema["default"] = JsonValue.Create(option.Default);
        return schema;
    }
}
