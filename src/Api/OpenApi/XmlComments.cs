using System.Xml.Linq;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace SseStreaming.Api.OpenApi;

/// <summary>
/// Adds the XML comments of actions and models. These types are internal to another assembly, and of another assembly the framework's
/// generator reads public types only.
/// </summary>
internal sealed class XmlComments : IOpenApiOperationTransformer, IOpenApiSchemaTransformer
{
    private const string ResourceName = "comments.xml";

    private static readonly Lazy<Dictionary<string, XElement>> Members = new(Read);

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor is not ControllerActionDescriptor { MethodInfo: var action }
            || !Members.Value.TryGetValue($"M:{action.DeclaringType}.{action.Name}", out var comment))
            return Task.CompletedTask;

        operation.Summary = GetText(comment.Element("summary"));
        operation.Description = GetText(comment.Element("remarks"));
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
            parameter.Description = Find(comment, "param", "name", parameter.Name) ?? parameter.Description;
        foreach (var (status, response) in operation.Responses ?? [])
            response.Description = Find(comment, "response", "code", status) ?? response.Description;
        return Task.CompletedTask;
    }

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (Members.Value.TryGetValue($"T:{context.JsonTypeInfo.Type}", out var comment))
            schema.Description = GetText(comment.Element("summary"));
        if (context.JsonPropertyInfo is { AttributeProvider: System.Reflection.PropertyInfo property }
            && Members.Value.TryGetValue($"P:{property.DeclaringType}.{property.Name}", out comment))
            Describe(schema, GetText(comment.Element("summary")));
        return Task.CompletedTask;
    }

    /// <summary>A schema that is referenced has its own description. The framework takes the one for the reference from the metadata.</summary>
    private static void Describe(OpenApiSchema schema, string? description)
    {
        if (schema.Metadata is { } metadata && metadata.TryGetValue("x-schema-id", out var id) && id is string { Length: > 0 })
            metadata["x-ref-description"] = description!;
        else
            schema.Description = description;
    }

    private static string? Find(XElement comment, string element, string attribute, string? value) =>
        GetText(comment.Elements(element).FirstOrDefault(item => item.Attribute(attribute)?.Value == value));

    private static string? GetText(XElement? element) =>
        element is null ? null : string.Join('\n', element.Value.Split('\n').Select(line => line.Trim())).Trim();

    /// <summary>Actions have no overloads, so a method is found without its parameters.</summary>
    private static Dictionary<string, XElement> Read()
    {
        using var stream = typeof(XmlComments).Assembly.GetManifestResourceStream(ResourceName)!;
        return XDocument.Load(stream).Descendants("member").GroupBy(member => member.Attribute("name")!.Value.Split('(')[0])
            .ToDictionary(members => members.Key, members => members.First());
    }
}
