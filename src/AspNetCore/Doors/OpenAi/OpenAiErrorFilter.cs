using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>Translates the problem details of actions and of other filters, also of those that end a request early.</summary>
internal sealed class OpenAiErrorFilter : IAlwaysRunResultFilter
{
    public void OnResultExecuting(ResultExecutingContext context)
    {
        if (context.Result is ObjectResult { Value: ProblemDetails problem })
            context.Result = OpenAiError.From(problem).ToResult();
    }

    public void OnResultExecuted(ResultExecutedContext context)
    {
    }
}
