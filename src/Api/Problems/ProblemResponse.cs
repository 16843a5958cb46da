using Microsoft.AspNetCore.Mvc;

namespace SseStreaming.Api.Problems;

/// <summary>Writes problem details from a middleware, which has no action result.</summary>
internal static class ProblemResponse
{
    public static async Task WriteProblemAsync(this HttpContext context, ProblemDetails problem)
    {
        context.Response.StatusCode = problem.Status ?? StatusCodes.Status500InternalServerError;
        await context.RequestServices.GetRequiredService<IProblemDetailsService>()
            .WriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem });
    }
}
