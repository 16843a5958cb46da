using Microsoft.AspNetCore.Mvc.Filters;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Shutdown;

namespace SseStreaming.Api.Problems;

/// <summary>
/// Once the viewers have been sent to the other nodes, a proxy that would ask another node instead is told to. Everybody else is
/// served to the end: an EventSource that gets this answer itself gives up for good.
/// </summary>
internal sealed class StoppingFilter(Drain drain) : IResourceFilter
{
    /// <summary>A proxy says with this header that it asks another node when it is answered with 503.</summary>
    public const string Header = "X-Asks-Other-Nodes";

    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        if (drain.HasRedirectedViewers && context.HttpContext.Request.Headers.ContainsKey(Header))
            context.Result = ProblemAnswer.From(Refusal.Stopping(drain.NextRetryDelay()), context.HttpContext.Response);
    }

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }
}
