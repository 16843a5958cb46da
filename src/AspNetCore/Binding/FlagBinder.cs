using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Reads <c>true</c> or <c>false</c> from the query; false if it is absent. The framework would quote other text in its error.</summary>
internal sealed class FlagBinder : IModelBinder
{
    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var values = bindingContext.HttpContext.Request.Query[bindingContext.FieldName];
        if (values is [] or ["true" or "false"])
            bindingContext.Result = ModelBindingResult.Success(values is ["true"]);
        else
            bindingContext.ModelState.TryAddModelError(bindingContext.FieldName, $"'{bindingContext.FieldName}' must be 'true' or 'false'.");
        return Task.CompletedTask;
    }
}
