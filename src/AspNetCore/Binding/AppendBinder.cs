using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Reads the texts of an append from the body: all of it as text, or the fields of a JSON object; and the producer from headers.</summary>
internal sealed class AppendBinder : IModelBinder
{
    public const string Text = "text";
    public const string Segments = "segments";

    private const int MaxSegments = 1024;

    public async Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var http = bindingContext.HttpContext;
        var fields = new Fields(bindingContext.ModelState);
        if (IsPlainText(http.Request))
            await ReadTextAsync(http.Request, fields, http.RequestAborted);
        else
            await JsonBody.ReadAsync(http.Request, fields, http.RequestAborted);
        // Also with errors: the framework adds an error of its own to a parameter without a value.
        var append = new ExternalAppend { Texts = fields.Texts, Producer = ProducerHeaders.Read(http.Request, fields.Reject) };
        bindingContext.SucceedUnvalidated(append);
    }

    private static bool IsPlainText(HttpRequest request) =>
        request.GetTypedHeaders().ContentType is { } type
        && type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase)
        && type.IsUtf8();

    private static async Task ReadTextAsync(HttpRequest request, Fields fields, CancellationToken cancellationToken)
    {
        var utf8 = await RequestBody.ReadAsync(request, cancellationToken);
        if (utf8.IsEmpty)
            fields.Reject("", "The body is empty: it is the text to append.");
        else if (!Utf8.IsValid(utf8.Span))
            fields.Reject("", "The body is not UTF-8.");
        else
            fields.Texts = [Encoding.UTF8.GetString(utf8.Span)];
    }

    private sealed class Fields(ModelStateDictionary state) : ModelStateFields(state)
    {
        public IReadOnlyList<string> Texts { get; set; } = [];

        public override void AddJson(JsonElement body)
        {
            if (body.EnumerateObject().Any(property => property.Name is not (Text or Segments)))
                Reject("", $"The fields are '{Text}' and '{Segments}'.");
            var text = ReadString(body, Text);
            var segments = ReadSegments(body);
            if (text is null == segments is null)
                Reject(Text, $"The body needs either '{Text}' or '{Segments}'.");
            Texts = segments ?? [text ?? ""];
            if (Texts.All(each => each.Length == 0))
                Reject(text is null ? Segments : Text, "There is no text to append.");
        }

        private List<string>? ReadSegments(JsonElement body)
        {
            if (!body.TryGetProperty(Segments, out var value) || value.ValueKind is JsonValueKind.Null)
                return null;
            if (value.ValueKind is JsonValueKind.Array && value.GetArrayLength() is > 0 and <= MaxSegments
                && value.EnumerateArray().All(each => each.ValueKind is JsonValueKind.String))
                return [.. value.EnumerateArray().Select(each => each.GetString()!)];
            Reject(Segments, $"'{Segments}' must be an array of 1 to {MaxSegments} strings.");
            return [];
        }
    }
}
