using Microsoft.AspNetCore.Mvc.Filters;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;

namespace SseStreaming.Api.Problems;

/// <summary>Answers 503 while the store can't be asked. A response that has begun breaks off, and its client comes back.</summary>
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
        context.Result = ProblemAnswer.From(Unavailable, context.HttpContext.Response);
        context.ExceptionHandled = true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A request was refused because the store can't be asked: {Reason}")]
        public static partial void Unavailable(ILogger logger, string reason);
    }
}
