namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>The routes of the OpenAI API, below <c>/v1</c> (docs/openai.md).</summary>
internal static class OpenAiDoor
{
    public const string Root = "/v1";

    private const string RequestIdHeader = "x-request-id";

    public static void AddOpenAiDoor(this IServiceCollection services)
    {
        services.AddSingleton<AnswerFormatter>();
        // Before the framework's writers: the first one that can write a problem does.
        services.AddSingleton<IProblemDetailsWriter, OpenAiProblemWriter>();
    }

    /// <summary>Gives each answer the id that the SDKs show in their errors.</summary>
    public static void UseOpenAiDoor(this WebApplication app) => app.Use(next => context =>
    {
        if (context.Request.Path.StartsWithSegments(Root))
        {
            // The exception handler removes the headers that are set before.
            context.Response.OnStarting(static state =>
            {
                var context = (HttpContext)state;
                context.Response.Headers[RequestIdHeader] = context.TraceIdentifier;
                return Task.CompletedTask;
            }, context);
        }
        return next(context);
    });
}
