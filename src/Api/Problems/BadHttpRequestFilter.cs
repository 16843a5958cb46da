using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.WebUtilities;

namespace SseStreaming.Api.Problems;

/// <summary>Answers a request that the server itself objects to while it is read (too large, too slow, broken off) with its status.</summary>
internal sealed class BadHttpRequestFilter : IExceptionFilter
{
    public void OnException(ExceptionContext context)
    {
        if (context.Exception is not BadHttpRequestException bad || context.HttpContext.Response.HasStarted)
            return;

        context.Result = new ObjectResult(new ProblemDetails
        {
            Status = bad.StatusCode,
            Title = ReasonPhrases.GetReasonPhrase(bad.StatusCode),
            Detail = bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? "The body of the request is larger than this server accepts."
                : "The body of the request could not be read.",
        })
        { StatusCode = bad.StatusCode, ContentTypes = { "application/problem+json" } };
        context.ExceptionHandled = true;
    }
}
