using System.Globalization;
using Microsoft.OpenApi;
using SseStreaming.AspNetCore.OpenApi;

namespace SseStreaming.Api.OpenApi;

/// <summary>Describes the responses of an operation, as the attributes of its action declare them.</summary>
internal static class ResponseDescription
{
    private static readonly string[] Successes = ["200", "201"];

    private static readonly Dictionary<int, string> Refusals = new()
    {
        [StatusCodes.Status204NoContent] = "NoMoreEvents",
        [StatusCodes.Status400BadRequest] = "InvalidRequest",
        [StatusCodes.Status401Unauthorized] = AccessDescription.Unauthenticated,
        [StatusCodes.Status403Forbidden] = "Forbidden",
        [StatusCodes.Status404NotFound] = "UnknownStream",
        [StatusCodes.Status409Conflict] = "Conflict",
        [StatusCodes.Status410Gone] = "PositionGone",
        [StatusCodes.Status413PayloadTooLarge] = "BodyTooLarge",
        [StatusCodes.Status415UnsupportedMediaType] = "NotJson",
        [StatusCodes.Status422UnprocessableEntity] = "KeyReused",
        [StatusCodes.Status429TooManyRequests] = "TooMany",
        [StatusCodes.Status503ServiceUnavailable] = "Unavailable",
    };

    public static void Describe(OpenApiResponses responses, IList<object> metadata, OpenApiDocument document)
    {
        foreach (var status in metadata.OfType<ProducesRefusalsAttribute>().SelectMany(attribute => attribute.Statuses))
            AddRefusal(responses, status, document);
        if (metadata.OfType<ProducesLocationAttribute>().Any())
            AddHeader(responses, "Location", "Location", document);
        if (metadata.OfType<ProducesEventStreamAttribute>().Any())
        {
            AddHeader(responses, "Cache-Control", "EventStreamCacheControl", document);
            AddHeader(responses, "X-Accel-Buffering", "AccelBuffering", document);
        }
        foreach (var (type, content) in responses.Values.OfType<OpenApiResponse>().SelectMany(response => response.Content ?? new Dictionary<string, OpenApiMediaType>()))
            DescribeText(type, content, document);
    }

    public static void AddRefusal(OpenApiResponses responses, int status, OpenApiDocument document) =>
        responses.TryAdd(status.ToString(CultureInfo.InvariantCulture), new OpenApiResponseReference(Refusals[status], document));

    /// <summary>Adds a header to the successful responses that have a body.</summary>
    private static void AddHeader(OpenApiResponses responses, string name, string component, OpenApiDocument document)
    {
        foreach (var response in Successes.Select(status => responses.GetValueOrDefault(status)).OfType<OpenApiResponse>())
            (response.Headers ??= new Dictionary<string, IOpenApiHeader>())[name] = new OpenApiHeaderReference(component, document);
    }

    private static void DescribeText(string type, OpenApiMediaType content, OpenApiDocument document)
    {
        if (type == "text/event-stream")
        {
            content.Schema = new OpenApiSchemaReference("EventStream", document);
            content.Example = DescriptionFile.GetExample("EventStream");
        }
        else if (type == "text/plain")
        {
            content.Example = DescriptionFile.GetExample("Text");
        }
    }
}
