namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>The routes of the Durable Streams protocol, below <c>/v1/stream</c> (docs/durable-streams.md).</summary>
internal static class DurableDoor
{
    public const string Root = "/v1/stream";

    public const string Route = Root + "/{**path}";

    /// <summary>Protects each answer below the root, also those that no action gives.</summary>
    public static void UseDurableDoor(this WebApplication app) => app.Use(next => context =>
    {
        if (context.Request.Path.StartsWithSegments(Root))
            Protect(context);
        return next(context);
    });

    /// <summary>Keeps browsers from using what clients have written as a part of a page of this server. The exception handler removes the headers that are set before.</summary>
    public static void Protect(HttpContext context) => context.Response.OnStarting(static state =>
    {
        var headers = ((HttpContext)state).Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = "sandbox";
        return Task.CompletedTask;
    }, context);
}
