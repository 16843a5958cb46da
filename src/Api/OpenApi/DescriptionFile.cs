using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace SseStreaming.Api.OpenApi;

/// <summary>The part of the API description that no type declares: <c>description.json</c>, an OpenAPI document without paths.</summary>
internal static class DescriptionFile
{
    private const string ResourceName = "openapi-description.json";

    public static OpenApiDocument Document { get; } = Read();

    public static OpenApiComponents Components => Document.Components!;

    public static JsonNode GetExample(string name) => Components.Examples![name].Value!.DeepClone();

    private static OpenApiDocument Read()
    {
        using var stream = typeof(DescriptionFile).Assembly.GetManifestResourceStream(ResourceName)!;
        using var reader = new StreamReader(stream);
        var (document, diagnostic) = OpenApiDocument.Parse(reader.ReadToEnd(), OpenApiConstants.Json);
        return diagnostic?.Errors is [var error, ..]
            ? throw new InvalidDataException($"{ResourceName} is not valid: {error}")
            : document ?? throw new InvalidDataException($"{ResourceName} is empty.");
    }
}
