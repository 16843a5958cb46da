using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SseStreaming.Api.Binding;
using SseStreaming.Api.Controllers.Models;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;

namespace SseStreaming.Api.OpenApi;

/// <summary>Adds to the generated description what the binders and the sources take, which no signature says.</summary>
internal static class OpenApiDescription
{
    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "SseStreaming",
                Version = "v1",
                Description = "Streams generated text over Server-Sent Events. Every response is a position in an event stream, and can be resumed.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context);
            return Task.CompletedTask;
        });
    }

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var parameters = context.Description.ParameterDescriptions;
        var takesRequest = parameters.Any(parameter => parameter.Type == typeof(StartRequest) || parameter.ParameterDescriptor?.ParameterType == typeof(StartRequest));
        var takesPosition = parameters.Any(parameter => parameter.ParameterDescriptor?.ParameterType == typeof(EventId?));
        operation.Parameters = [];
        if (context.Description.RelativePath?.Contains("{id}", StringComparison.Ordinal) == true)
            operation.Parameters.Add(Parameter("id", ParameterLocation.Path, "Id of the stream.", isRequired: true));
        if (takesPosition)
        {
            operation.Parameters.Add(Parameter(LastEventIdBinder.Header, ParameterLocation.Header, "Id of the last event that was seen: reading goes on after it."));
            operation.Parameters.Add(Parameter(LastEventIdBinder.Parameter, ParameterLocation.Query, "The same, for clients that can't set the header, which wins."));
        }
        if (takesRequest)
            DescribeRequest(operation, context);
        if (parameters.Any(parameter => parameter.ParameterDescriptor?.ParameterType == typeof(GrantRequest)))
            operation.RequestBody = JsonBody(isRequired: false, new Dictionary<string, IOpenApiSchema>
            {
                [GrantRequestBinder.ExpiresIn] = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Description = "Seconds for which the grant is accepted." },
            });

        var problems = context.Description.ActionDescriptor.EndpointMetadata.OfType<ProducesProblemsAttribute>().SingleOrDefault();
        foreach (var status in problems?.Statuses ?? [])
            (operation.Responses ??= []).TryAdd(status.ToString(System.Globalization.CultureInfo.InvariantCulture), Problem());
        if (takesPosition)
            (operation.Responses ??= []).TryAdd("204", new OpenApiResponse { Description = "The last event id is that of the terminal event: nothing more will come." });
    }

    private static void DescribeRequest(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var sources = context.ApplicationServices.GetRequiredService<ITextStreamService>();
        var fields = new Dictionary<string, IOpenApiSchema>
        {
            ["source"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = "Name of the source.",
                Enum = [.. sources.Sources.Select(source => (JsonNode)source.Name)],
                Default = sources.DefaultSource,
            },
            ["prompt"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What to generate, for sources that take a prompt." },
            ["onDisconnect"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = "What becomes of the generation when its last viewer has left.",
                Enum = ["stop", "continue"],
                Default = "stop",
            },
        };
        foreach (var group in sources.Sources.SelectMany(source => source.Options.Select(option => (source, option))).GroupBy(pair => pair.option.Name))
            fields.TryAdd(group.Key, Schema(group.First().option, string.Join(", ", group.Select(pair => pair.source.Name))));

        if (string.Equals(context.Description.HttpMethod, "GET", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var (name, schema) in fields)
                operation.Parameters!.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = schema.Description, Schema = schema });
            return;
        }
        fields[ConversationField.Name] = Conversation();
        operation.Parameters!.Add(Parameter(StartRequestBinder.IdempotencyKeyHeader, ParameterLocation.Header,
            "Makes a repeated request join the stream that the first one started."));
        operation.RequestBody = JsonBody(isRequired: true, fields);
    }

    private static OpenApiRequestBody JsonBody(bool isRequired, Dictionary<string, IOpenApiSchema> fields) => new()
    {
        Required = isRequired,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = fields } },
        },
    };

    private static OpenApiSchema Schema(SourceOption option, string sources) => new()
    {
        Type = option.Type switch
        {
            OptionType.Integer => JsonSchemaType.Integer,
            OptionType.Number => JsonSchemaType.Number,
            OptionType.Boolean => JsonSchemaType.Boolean,
            _ => JsonSchemaType.String,
        },
        Description = $"{option.Description} (sources: {sources})",
        Minimum = Bound(option, option.Minimum, none: long.MinValue),
        Maximum = Bound(option, option.Maximum, none: long.MaxValue),
    };

    private static OpenApiSchema Conversation() => new()
    {
        Type = JsonSchemaType.Array,
        Description = "A conversation in place of the prompt, oldest message first, for sources that take one.",
        MinItems = 1,
        Items = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "role", "content" },
            AdditionalPropertiesAllowed = false,
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["role"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["system", "user", "assistant"] },
                ["content"] = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1 },
            },
        },
    };

    private static string? Bound(SourceOption option, long bound, long none) =>
        option.Type is OptionType.Integer or OptionType.Number && bound != none
            ? bound.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : null;

    private static OpenApiParameter Parameter(string name, ParameterLocation place, string description, bool isRequired = false) => new()
    {
        Name = name,
        In = place,
        Description = description,
        Required = isRequired,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static OpenApiResponse Problem() => new()
    {
        Description = "Why the request is refused (RFC 9457).",
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/problem+json"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } },
        },
    };
}
