using Microsoft.AspNetCore.Connections.Features;
using SseStreaming.Application.Shutdown;

namespace SseStreaming.Api.Hosting.Shutdown;

/// <summary>
/// While the server drains, a connection ends with its response. Otherwise a client would reconnect on the connection that it has,
/// and a balancer of connections could not send it to another node.
/// </summary>
internal sealed class DrainingConnectionMiddleware(RequestDelegate next, Drain drain)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // Before the response starts, so that HTTP/1.1 announces it in the head.
        CloseIfDraining(context);
        await next(context);
        CloseIfDraining(context);
    }

    private void CloseIfDraining(HttpContext context)
    {
        // HTTP/2 and HTTP/3 announce that the connection takes no further requests; its open responses continue.
        if (drain.HasBegun)
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }
}
