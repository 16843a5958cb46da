using Microsoft.AspNetCore.Mvc.Filters;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Shutdown;

namespace SseStreaming.AspNetCore.Problems;

/// <summary>
/// Refuses requests from a proxy that can retry on another node, once this node has redirected its viewers. All other clients are
/// served until the end: an EventSource never reconnects after a 503.
/// </summary>
internal sealed class StoppingFilter(Drain drain) : IResourceFilter
{
    /// <summary>Set by a proxy that retries a request on another node after a 503.</summary>
    public const string Header = "X-Asks-Other-Nodes";

    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        if (drain.HasRedirectedViewers && context.HttpContext.Request.Headers.ContainsKey(Header))
            context.Result = RefusalResult.From(Refusal.Stopping(drain.NextRetryDelay()), context.HttpContext);
    }

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }
}
