using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;

namespace SseStreaming.Api.Binding;

/// <summary>Reads the stream id of a path; null if it is none, which is as good as unknown.</summary>
internal sealed class StreamIdBinder : IModelBinder
{
    public static readonly Refusal Unknown =
        new(RefusalReason.UnknownStream, "There is no stream with this id; an id has 22 characters of base64url.");

    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var text = bindingContext.ActionContext.RouteData.Values[bindingContext.FieldName] as string;
        bindingContext.Result = ModelBindingResult.Success(StreamId.TryParse(text, out var id) ? id : null);
        return Task.CompletedTask;
    }
}
