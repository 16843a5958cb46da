using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace SseStreaming.Api.OpenApi;

/// <summary>Adds what <see cref="DescriptionFile"/> says about the API as a whole.</summary>
internal sealed class DocumentDescription : IOpenApiDocumentTransformer
{
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var file = DescriptionFile.Document;
        document.Info = file.Info;
        document.Servers = [.. file.Servers!];
        // The framework adds a tag for each controller, without a description.
        var others = (document.Tags ?? new HashSet<OpenApiTag>()).ExceptBy(file.Tags!.Select(tag => tag.Name), tag => tag.Name);
        document.Tags = new HashSet<OpenApiTag>([.. file.Tags!, .. others]);
        // An empty requirement says that requests are anonymous.
        document.Security ??= [new OpenApiSecurityRequirement()];
        foreach (var (id, schema) in file.Components!.Schemas!)
            document.AddComponent(id, schema);
        foreach (var (id, response) in file.Components.Responses!.Where(response => response.Key != AccessDescription.Unauthenticated))
            document.AddComponent(id, response);
        foreach (var (id, header) in file.Components.Headers!)
            document.AddComponent(id, header);
        return Task.CompletedTask;
    }
}
