using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.WebUtilities;

namespace SseStreaming.AspNetCore.Problems;

/// <summary>Answers a request that Kestrel rejects while an action reads it (too large, too slow, incomplete) with the status of the rejection.</summary>
internal sealed class BadHttpRequestFilter : IExceptionFilter
{
    public void OnException(ExceptionContext context)
    {
        if (context.Exception is not BadHttpRequestException bad || context.HttpContext.Response.HasStarted)
            return;

        // The exception's message may quote the request.
        var detail = bad.StatusCode == StatusCodes.Status413PayloadTooLarge
            ? "The body of the request is larger than this server accepts."
            : "The body of the request could not be read.";
        context.Result = ProblemResult.Create(
            context.HttpContext, bad.StatusCode, type: null, ReasonPhrases.GetReasonPhrase(bad.StatusCode), detail);
        context.ExceptionHandled = true;
    }
}
