using System.Text.Json;
using System.Text.Unicode;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Reads the JSON object of a request's body.</summary>
internal static class JsonBody
{
    /// <exception cref="BadHttpRequestException">The body is larger than the server accepts, or incomplete.</exception>
    public static async Task ReadAsync(HttpRequest request, IJsonFields fields, CancellationToken cancellationToken)
    {
        if (!IsJson(request))
        {
            fields.IsUnsupportedMediaType = true;
            return;
        }

        var utf8 = await RequestBody.ReadAsync(request, cancellationToken);
        if (utf8.Span.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        if (utf8.IsEmpty)
            fields.Reject("", "The body is empty: a JSON object is needed, such as {\"source\":\"lorem\"}.");
        else if (!Utf8.IsValid(utf8.Span))
            fields.Reject("", "The body is not UTF-8.");
        else
            Parse(utf8, fields);
    }

    /// <summary>The same for a body that may be absent.</summary>
    public static Task ReadOptionalAsync(HttpRequest request, IJsonFields fields, CancellationToken cancellationToken) =>
        request.ContentType is not null || request.ContentLength > 0 ? ReadAsync(request, fields, cancellationToken) : Task.CompletedTask;

    private static void Parse(ReadOnlyMemory<byte> utf8, IJsonFields fields)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = fields.MaxDepth, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind is JsonValueKind.Object)
                fields.AddJson(document.RootElement);
            else
                fields.Reject("", "The body must be a JSON object.");
        }
        catch (JsonException exception)
        {
            // The exception's message quotes the body.
            fields.Reject("", $"The body is not valid JSON: look at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");
        }
        // The parser, which compares names, reads their escapes; those of values are read by AddJson.
        catch (InvalidOperationException)
        {
            fields.Reject("", "The body contains an unpaired surrogate escape.");
        }
    }

    private static bool IsJson(HttpRequest request) =>
        request.GetTypedHeaders().ContentType is { } type
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && type.IsUtf8();
}
