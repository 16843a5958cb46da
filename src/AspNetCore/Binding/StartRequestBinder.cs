using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>
/// Reads a <see cref="StartRequest"/> from the query of a GET or from the JSON body of a POST. Both have the same field names. A
/// request that resumes needs neither.
/// </summary>
internal sealed class StartRequestBinder : IModelBinder
{
    public async Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var http = bindingContext.HttpContext;
        if (LastEventIdBinder.IsPresent(http.Request))
        {
            bindingContext.SucceedUnvalidated(new StartRequest());
            return;
        }

        var fields = new StartRequestFields();
        var isPost = HttpMethods.IsPost(http.Request.Method);
        if (isPost)
            await JsonBody.ReadAsync(http.Request, fields, http.RequestAborted);
        else
            fields.AddQuery(http.Request.Query);
        var key = isPost ? IdempotencyKey.Read(http.Request, fields.Reject) : null;

        foreach (var (field, message) in fields.Errors)
            bindingContext.ModelState.TryAddModelError(field, message);
        if (fields.IsUnsupportedMediaType)
            bindingContext.ModelState.TryAddModelException("Content-Type", new UnsupportedContentTypeException("The body must be JSON in UTF-8."));
        // Also with errors: the framework adds an error of its own to a parameter without a value.
        bindingContext.SucceedUnvalidated(fields.ToRequest(key));
    }
}
