using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SseStreaming.AspNetCore.Controllers.Models;

namespace SseStreaming.Api.OpenApi;

/// <summary>Names the schemas of models as clients know them, and completes what the framework generates.</summary>
internal sealed class SchemaDescription : IOpenApiSchemaTransformer
{
    private const string ModelSuffix = "Model";

    /// <summary>The name without the suffix for the models of this API. JSON that has no model is described where it is used.</summary>
    public static string? GetReferenceId(JsonTypeInfo type)
    {
        var id = OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        return type.Type == typeof(JsonObject) ? null
            : type.Type.Namespace == typeof(StreamStateModel).Namespace && id?.EndsWith(ModelSuffix, StringComparison.Ordinal) is true ? id[..^ModelSuffix.Length]
            : id;
    }

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (schema.Enum is [JsonValue first, ..] && first.GetValueKind() is System.Text.Json.JsonValueKind.String)
            schema.Type ??= JsonSchemaType.String;
        if (context.JsonPropertyInfo is null && context.JsonTypeInfo.Type == typeof(StreamStateModel))
            schema.Examples = [DescriptionFile.GetExample("StreamState")];
        return Task.CompletedTask;
    }
}
