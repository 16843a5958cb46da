using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ModelBinding.Validation;

namespace SseStreaming.AspNetCore.Binding;

internal static class BindingContextExtensions
{
    /// <summary>Ends the binding with a request that the service validates, not the framework.</summary>
    public static void SucceedUnvalidated(this ModelBindingContext context, object request)
    {
        context.Result = ModelBindingResult.Success(request);
        context.ValidationState.Add(request, new ValidationStateEntry { SuppressValidation = true });
    }
}
