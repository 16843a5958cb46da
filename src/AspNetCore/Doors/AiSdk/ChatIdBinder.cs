using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace SseStreaming.AspNetCore.Doors.AiSdk;

/// <summary>
/// Reads a chat id from the path as the client sent it: the server decodes all escapes but that of a slash, so an id with
/// <c>%2F</c> in its text could not be told from one with a slash.
/// </summary>
internal sealed class ChatIdBinder : IModelBinder
{
    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var http = bindingContext.HttpContext;
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].TrimEnd('/').Split('/');
        // From the end, because the server may have a path base.
        var pattern = ((RouteEndpoint)http.GetEndpoint()!).RoutePattern.PathSegments;
        var fromEnd = pattern.Reverse().TakeWhile(segment => !segment.IsSimple || !segment.Parts[0].IsParameter).Count() + 1;
        bindingContext.Result = ModelBindingResult.Success(Uri.UnescapeDataString(target[^fromEnd]));
        return Task.CompletedTask;
    }
}
