using System.Text.Json;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.AspNetCore.Doors.AiSdk;

/// <summary>Reads a <see cref="ChatStop"/> from the JSON body, which is optional.</summary>
internal sealed class ChatStopBinder : IModelBinder
{
    public async Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var request = bindingContext.HttpContext.Request;
        var fields = new Fields(bindingContext.ModelState);
        await JsonBody.ReadOptionalAsync(request, fields, bindingContext.HttpContext.RequestAborted);
        // Also with errors: the framework adds an error of its own to a parameter without a value.
        bindingContext.Result = ModelBindingResult.Success(new ChatStop(fields.ActiveStreamId));
    }

    private sealed class Fields(ModelStateDictionary state) : ModelStateFields(state)
    {
        /// <summary>The message of the assistant, which is ignored, may be nested.</summary>
        public override int MaxDepth => 64;

        public string? ActiveStreamId { get; private set; }

        public override void AddJson(JsonElement body) => ActiveStreamId = ReadString(body, "activeStreamId");
    }
}
