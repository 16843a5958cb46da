using Microsoft.AspNetCore.Mvc.Infrastructure;

namespace SseStreaming.Api.Problems;

/// <summary>
/// Writes problem details to a client that does not accept JSON, as an EventSource, which accepts event streams only. The framework's
/// writers, which are tried first, would leave such a response without a problem.
/// </summary>
internal sealed class UnnegotiatedProblemWriter(ProblemDetailsFactory factory) : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var response = context.HttpContext.Response;
        var details = context.ProblemDetails;
        var defaults = factory.CreateProblemDetails(context.HttpContext, details.Status ?? response.StatusCode);
        details.Status ??= defaults.Status;
        details.Title ??= defaults.Title;
        details.Type ??= defaults.Type;
        foreach (var (name, value) in defaults.Extensions)
            details.Extensions.TryAdd(name, value);
        return new(response.WriteAsJsonAsync(details, details.GetType(), options: null, contentType: "application/problem+json"));
    }
}
