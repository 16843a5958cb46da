using Microsoft.AspNetCore.WebUtilities;

namespace SseStreaming.Api.Problems;

/// <summary>
/// Writes problem details to those who did not say that they accept them: the framework's writers leave the body to plain text
/// then, and EventSource accepts event streams alone. They are tried before this one.
/// </summary>
internal sealed class UnnegotiatedProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var response = context.HttpContext.Response;
        var details = context.ProblemDetails;
        details.Status ??= response.StatusCode;
        details.Title ??= ReasonPhrases.GetReasonPhrase(response.StatusCode);
        return new(response.WriteAsJsonAsync(details, details.GetType(), options: null, contentType: "application/problem+json"));
    }
}
