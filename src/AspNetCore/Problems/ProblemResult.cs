using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace SseStreaming.AspNetCore.Problems;

/// <summary>Creates problem details (RFC 9457) as an action result, with the factory that MVC uses for its own.</summary>
internal static class ProblemResult
{
    private const string ContentType = "application/problem+json";

    public static ObjectResult Create(
        HttpContext context, int status, string? type, string title, string detail, IReadOnlyDictionary<string, string[]>? errors = null)
    {
        var factory = context.RequestServices.GetRequiredService<ProblemDetailsFactory>();
        ProblemDetails problem;
        if (errors is null)
        {
            problem = factory.CreateProblemDetails(context, status, title, type, detail);
        }
        else
        {
            var invalid = factory.CreateValidationProblemDetails(context, new ModelStateDictionary(), status, title, type, detail);
            // Not through the model state: it ignores the case of names and sorts them.
            invalid.Errors = new Dictionary<string, string[]>(errors);
            problem = invalid;
        }
        // The same request gets the same bytes: the wire contract has no trace id in refusals.
        problem.Extensions.Remove("traceId");
        return new ObjectResult(problem) { StatusCode = status, ContentTypes = { ContentType } };
    }
}
