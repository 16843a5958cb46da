using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Problems;

/// <summary>Refuses a request that a binder could not read, in place of the framework's filter for invalid model states.</summary>
internal sealed class InvalidRequestFilter : IActionFilter, IOrderedFilter
{
    /// <summary>After the framework's filter for unsupported media types (-3000), before the one for invalid model states (-2000).</summary>
    public int Order => -2500;

    public void OnActionExecuting(ActionExecutingContext context)
    {
        if (context.ModelState.ErrorCount > 0)
            context.Result = RefusalResult.From(ToRefusal(context.ModelState), context.HttpContext);
    }

    public void OnActionExecuted(ActionExecutedContext context)
    {
    }

    /// <summary>Invalid fields come first: a client must correct these whatever else is wrong.</summary>
    private static Refusal ToRefusal(ModelStateDictionary modelState)
    {
        var refusals = new List<Refusal>();
        var errors = new Dictionary<string, string[]>();
        foreach (var (field, entry) in modelState)
        {
            refusals.AddRange(entry.Errors.Select(error => error.Exception).OfType<RefusalException>().Select(exception => exception.Refusal));
            var messages = entry.Errors.Where(error => error.Exception is not RefusalException).Select(error => error.ErrorMessage).ToArray();
            if (messages.Length > 0)
                errors.Add(field, messages);
        }
        return errors.Count > 0 ? Refusal.Invalid(errors) : refusals[0];
    }
}
