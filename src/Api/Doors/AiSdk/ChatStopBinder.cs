using System.Text.Json;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Api.Binding;

namespace SseStreaming.Api.Doors.AiSdk;

/// <summary>Reads a <see cref="ChatStop"/> from the JSON body, which is optional.</summary>
internal sealed class ChatStopBinder : IModelBinder
{
    public async Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var request = bindingContext.HttpContext.Request;
        var fields = new Fields(bindingContext.ModelState);
        if (request.ContentType is not null || request.ContentLength > 0)
            await JsonBody.ReadAsync(request, fields, bindingContext.HttpContext.RequestAborted);
        // Also with errors: the framework adds an error of its own to a parameter without a value.
        bindingContext.Result = ModelBindingResult.Success(new ChatStop(fields.ActiveStreamId));
    }

    private sealed class Fields(ModelStateDictionary state) : IJsonFields
    {
        private const string Name = "activeStreamId";

        /// <summary>The message of the assistant, which is ignored, may be nested.</summary>
        public int MaxDepth => 64;

        public string? ActiveStreamId { get; private set; }

        public bool IsUnsupportedMediaType
        {
            set => state.TryAddModelException("Content-Type", new UnsupportedContentTypeException("The body must be JSON in UTF-8."));
        }

        public void Reject(string field, string message) => state.TryAddModelError(field, message);

        public void AddJson(JsonElement body)
        {
            if (!body.TryGetProperty(Name, out var value) || value.ValueKind is JsonValueKind.Null)
                return;
            if (value.ValueKind is JsonValueKind.String)
                ActiveStreamId = value.GetString();
            else
                Reject(Name, $"'{Name}' must be a string.");
        }
    }
}
