using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using SseStreaming.AspNetCore.Doors.Durable;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>Writes the errors below <c>/v1</c> that no action answers, such as an unknown route or a missing token.</summary>
internal sealed class OpenAiProblemWriter(IOptions<JsonOptions> json) : IProblemDetailsWriter
{
    /// <summary>The other door below the root has problem details.</summary>
    public bool CanWrite(ProblemDetailsContext context) =>
        context.HttpContext.Request.Path is var path && path.StartsWithSegments(OpenAiDoor.Root) && !path.StartsWithSegments(DurableDoor.Root);

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (response, problem) = (context.HttpContext.Response, context.ProblemDetails);
        problem.Status ??= response.StatusCode;
        var error = OpenAiError.From(problem);
        if (error is { Status: StatusCodes.Status404NotFound, Code: null })
            error = OpenAiError.NotFound("This server has no such URL.", code: "unknown_url");
        return new(response.WriteAsJsonAsync(error.ToBody(), json.Value.SerializerOptions, "application/json"));
    }
}
