using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Domain;

namespace SseStreaming.Api.Requests;

/// <summary>Reads the stream id of a path; null if it is none, which is as good as unknown.</summary>
internal sealed class StreamIdBinder : IModelBinder
{
    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var text = bindingContext.ActionContext.RouteData.Values[bindingContext.FieldName] as string;
        bindingContext.Result = ModelBindingResult.Success(StreamId.TryParse(text, out var id) ? id : null);
        return Task.CompletedTask;
    }
}
