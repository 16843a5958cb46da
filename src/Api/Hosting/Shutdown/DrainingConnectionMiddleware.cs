using Microsoft.AspNetCore.Connections.Features;
using SseStreaming.Application.Shutdown;

namespace SseStreaming.Api.Hosting.Shutdown;

/// <summary>
/// While the server drains a connection ends with its response. A client that was told to come back would otherwise come back on
/// the connection that it has, and never get to another node through a balancer that sees connections only.
/// </summary>
internal sealed class DrainingConnectionMiddleware(RequestDelegate next, Drain drain)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // Before the response is begun HTTP/1.1 says so in its head.
        CloseIfDraining(context);
        await next(context);
        CloseIfDraining(context);
    }

    private void CloseIfDraining(HttpContext context)
    {
        // HTTP/2 and 3 say that the connection takes no more requests; the responses that are open on it go on.
        if (drain.HasBegun)
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }
}
