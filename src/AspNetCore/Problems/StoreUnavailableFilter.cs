using Microsoft.AspNetCore.Mvc.Filters;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;

namespace SseStreaming.AspNetCore.Problems;

/// <summary>
/// Answers 503 while the store is unavailable. A response that has started is aborted, because its client would take a regular end for
/// the whole text.
/// </summary>
internal sealed class StoreUnavailableFilter : IExceptionFilter
{
    private static readonly Refusal Unavailable = new(RefusalReason.StoreUnavailable, "The server can't reach its store at the moment.")
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };

    public void OnException(ExceptionContext context)
    {
        if (context.Exception is not StoreUnavailableException)
            return;
        if (context.HttpContext.Response.HasStarted)
            context.HttpContext.Abort();
        else
            context.Result = RefusalResult.From(Unavailable, context.HttpContext);
        context.ExceptionHandled = true;
    }
}
