namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>The routes of the OpenAI API, below <c>/v1</c> (docs/openai.md).</summary>
internal static class OpenAiDoor
{
    public const string Root = "/v1";

    private const string RequestIdHeader = "x-request-id";

    /// <summary>Gives each answer below the root the id that the SDKs show in their errors, also those that no action gives.</summary>
    public static void UseOpenAiDoor(this WebApplication app) => app.Use(next => context =>
    {
        if (context.Request.Path.StartsWithSegments(Root))
            SetRequestId(context);
        return next(context);
    });

    /// <summary>The exception handler removes the headers that are set before.</summary>
    public static void SetRequestId(HttpContext context) => context.Response.OnStarting(static state =>
    {
        var context = (HttpContext)state;
        context.Response.Headers[RequestIdHeader] = context.TraceIdentifier;
        return Task.CompletedTask;
    }, context);
}
