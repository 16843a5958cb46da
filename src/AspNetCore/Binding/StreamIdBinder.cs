using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Reads a stream id from the path. Text that is no stream id refuses the request as an unknown stream does.</summary>
internal sealed class StreamIdBinder : IModelBinder
{
    private static readonly Refusal Malformed =
        new(RefusalReason.UnknownStream, "There is no stream with this id; an id has 22 characters of base64url.");

    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var text = bindingContext.ActionContext.RouteData.Values[bindingContext.FieldName] as string;
        if (StreamId.TryParse(text, out var streamId))
            bindingContext.Result = ModelBindingResult.Success(streamId);
        else
            bindingContext.ModelState.TryAddModelException(bindingContext.FieldName, new RefusalException(Malformed));
        return Task.CompletedTask;
    }
}
