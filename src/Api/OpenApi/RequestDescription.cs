using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using SseStreaming.Api.Auth;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.Api.OpenApi;

/// <summary>Describes what the binders read from requests. The fields of a start depend on the sources of the server.</summary>
internal sealed class RequestDescription(ITextStreamService streams, IOptions<AuthOptions> auth)
{
    public static void DescribeStreamId(OpenApiOperation operation)
    {
        var parameter = operation.Parameters!.OfType<OpenApiParameter>().Single(parameter => parameter.In is ParameterLocation.Path);
        parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^[A-Za-z0-9_-]{22}$" };
        parameter.Example = DescriptionFile.GetExample("StreamId");
    }

    public static void DescribeResume(OpenApiOperation operation)
    {
        // A request that resumes needs no body.
        (operation.RequestBody as OpenApiRequestBody)?.Required = false;
        operation.Parameters!.Add(GetParameter(LastEventIdBinder.Header));
        operation.Parameters.Add(GetParameter(LastEventIdBinder.Parameter));
    }

    public static void DescribeFilter(OpenApiOperation operation)
    {
        foreach (var name in (string[])[StreamFilterBinder.Status, StreamFilterBinder.Thread, StreamFilterBinder.After, StreamFilterBinder.Limit])
            operation.Parameters!.Add(GetParameter(name));
    }

    public void DescribeStart(OpenApiOperation operation, bool isPost)
    {
        var fields = CreateFields(isPost);
        if (isPost)
        {
            fields[ConversationField.Name] = CreateConversation();
            operation.Parameters!.Add(GetParameter(IdempotencyKey.Header));
            operation.RequestBody = CreateBody(isRequired: true, fields, CreateExample());
            return;
        }
        foreach (var (name, schema) in fields)
            operation.Parameters!.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = schema.Description, Schema = schema });
    }

    public static void DescribeAppend(OpenApiOperation operation)
    {
        AddProducer(operation);
        var body = CreateBody(
            isRequired: true,
            new Dictionary<string, IOpenApiSchema>
            {
                [AppendBinder.Text] = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, Description = "The text to append." },
                [AppendBinder.Segments] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    MinItems = 1,
                    Description = "Several texts, in place of one.",
                    Items = new OpenApiSchema { Type = JsonSchemaType.String },
                },
            },
            new JsonObject { [AppendBinder.Text] = "Lorem ipsum " });
        body.Content!["text/plain"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = "Lorem ipsum " };
        operation.RequestBody = body;
    }

    public static void DescribeEnd(OpenApiOperation operation)
    {
        AddProducer(operation);
        operation.RequestBody = CreateBody(
            isRequired: false,
            new Dictionary<string, IOpenApiSchema>
            {
                [EndBinder.Status] = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Enum = ["completed", "failed"],
                    Default = "completed",
                    Description = "How the stream ends.",
                },
                [EndBinder.Problem] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    AdditionalPropertiesAllowed = false,
                    Description = "Why it has failed.",
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        [EndBinder.Title] = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 200, Description = "The problem in a few words." },
                        [EndBinder.Detail] = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 2000, Description = "This failure in one sentence." },
                    },
                },
            },
            new JsonObject { [EndBinder.Status] = "completed" });
    }

    public void DescribeGrant(OpenApiOperation operation) => operation.RequestBody = CreateBody(
        isRequired: false,
        new Dictionary<string, IOpenApiSchema>
        {
            [GrantRequestBinder.ExpiresIn] = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Minimum = "1",
                Maximum = ToText((long)auth.Value.MaxGrantLifetime.TotalSeconds),
                Default = (long)auth.Value.GrantLifetime.TotalSeconds,
                Description = "How long the grant is valid, in seconds.",
            },
        },
        new JsonObject { [GrantRequestBinder.ExpiresIn] = 60 });

    private static void AddProducer(OpenApiOperation operation)
    {
        foreach (var name in (string[])[ProducerHeaders.Id, ProducerHeaders.Epoch, ProducerHeaders.Sequence])
            operation.Parameters!.Add(GetParameter(name));
    }

    private static IOpenApiParameter GetParameter(string name) => DescriptionFile.Components.Parameters![name];

    private static OpenApiRequestBody CreateBody(bool isRequired, Dictionary<string, IOpenApiSchema> fields, JsonObject example) => new()
    {
        Required = isRequired,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new()
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = fields, AdditionalPropertiesAllowed = false },
                Example = example,
            },
        },
    };

    private Dictionary<string, IOpenApiSchema> CreateFields(bool isPost)
    {
        var fields = new Dictionary<string, IOpenApiSchema>
        {
            ["source"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = "Name of the source.",
                Enum = [.. streams.Sources.Select(source => (JsonNode)source.Name), .. isPost ? (JsonNode[])[ExternalSource.Name] : []],
                Default = streams.DefaultSource,
            },
            ["prompt"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What to generate, for sources that take a prompt." },
            ["onDisconnect"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = "Whether the generation stops or continues when its last viewer has disconnected.",
                Enum = ["stop", "continue"],
                Default = "stop",
            },
            [StreamFilterBinder.Thread] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = "A name for streams that belong together, by which their owner can list them. A shared stream keeps none.",
                MinLength = 1,
                MaxLength = 128,
            },
        };
        foreach (var uses in streams.Sources.SelectMany(source => source.Options.Select(option => (source, option))).GroupBy(use => use.option.Name))
            fields.TryAdd(uses.Key, CreateOption([.. uses.Select(use => use.option)], string.Join(", ", uses.Select(use => use.source.Name))));
        return fields;
    }

    /// <summary>An option of one or more sources, with the bounds that all of them accept or exceed.</summary>
    private static OpenApiSchema CreateOption(IReadOnlyList<SourceOption> options, string sources)
    {
        var option = options[0];
        var isNumber = option.Type is OptionType.Integer or OptionType.Number;
        return new OpenApiSchema
        {
            Type = option.Type switch
            {
                OptionType.Integer => JsonSchemaType.Integer,
                OptionType.Number => JsonSchemaType.Number,
                OptionType.Boolean => JsonSchemaType.Boolean,
                _ => JsonSchemaType.String,
            },
            Description = $"{option.Description} (sources: {sources})",
            Minimum = isNumber && options.Min(each => each.Minimum) is var minimum and not long.MinValue ? ToText(minimum) : null,
            Maximum = isNumber && options.Max(each => each.Maximum) is var maximum and not long.MaxValue ? ToText(maximum) : null,
            Default = options.All(each => Equals(each.Default, option.Default)) ? JsonValue.Create(option.Default) : null,
        };
    }

    private static OpenApiSchema CreateConversation() => new()
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

    /// <summary>A request for the default source with the defaults of its options.</summary>
    private JsonObject CreateExample()
    {
        var source = streams.Sources.Single(source => source.Name == streams.DefaultSource);
        var example = new JsonObject { ["source"] = source.Name };
        if (source.Prompt is PromptUse.Required)
            example["prompt"] = "Tell me a story.";
        foreach (var option in source.Options.Where(option => option.Default is not null))
            example[option.Name] = JsonValue.Create(option.Default);
        return example;
    }

    private static string ToText(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
