using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Application;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.AspNetCore.Doors.AiSdk;

/// <summary>Reads a <c>StartRequest</c> from the JSON body of a chat request.</summary>
internal sealed class ChatRequestBinder(ITextStreamService streams) : IModelBinder
{
    public async Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var http = bindingContext.HttpContext;
        var fields = new ChatRequestFields(streams, bindingContext.ModelState);
        await JsonBody.ReadAsync(http.Request, fields, http.RequestAborted);
        // Also with errors: the framework adds an error of its own to a parameter without a value.
        var request = fields.Request with { IdempotencyKey = IdempotencyKey.Read(http.Request, fields.Reject) };
        bindingContext.SucceedUnvalidated(request);
    }
}
