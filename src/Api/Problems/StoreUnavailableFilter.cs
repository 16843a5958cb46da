using Microsoft.AspNetCore.Mvc.Filters;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;

namespace SseStreaming.Api.Problems;

/// <summary>Answers 503 while the store is unavailable. A response that has started is aborted, so that its client reconnects.</summary>
internal sealed partial class StoreUnavailableFilter(ILogger<StoreUnavailableFilter> logger) : IExceptionFilter
{
    private static readonly Refusal Unavailable = new(RefusalReason.StoreUnavailable, "The server can't reach its store at the moment.")
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };

    public void OnException(ExceptionContext context)
    {
        if (context.Exception is not StoreUnavailableException exception || context.HttpContext.Response.HasStarted)
            return;
        Log.Unavailable(logger, exception.Message);
        context.Result = RefusalResult.From(Unavailable, context.HttpContext);
        context.ExceptionHandled = true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Request refused because the store is unavailable: {Reason}")]
        public static partial void Unavailable(ILogger logger, string reason);
    }
}
