using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.WebUtilities;
using SseStreaming.Api.Problems;

namespace SseStreaming.Api.Hosting.Kestrel;

/// <summary>
/// Answers a request line that is too long with problem details. Kestrel answers without a body, so its own limit is raised to the
/// size of a body: a request line then takes no more memory than a body may.
/// </summary>
internal sealed class RequestLineLimit
{
    /// <summary>Two spaces, <c>HTTP/1.1</c> and the line break.</summary>
    private const int Overhead = 12;

    private int _maxBytes = int.MaxValue;

    public void Raise(KestrelServerLimits limits)
    {
        _maxBytes = limits.MaxRequestLineSize;
        var raised = Math.Max(_maxBytes, limits.MaxRequestBodySize ?? 0);
        // Kestrel requires a buffer of at least this size.
        limits.MaxRequestLineSize = (int)Math.Min(raised, limits.MaxRequestBufferSize ?? int.MaxValue);
    }

    public static void Use(WebApplication app)
    {
        var limit = app.Services.GetRequiredService<RequestLineLimit>();
        app.MapWhen(limit.IsExceeded, refused => refused.UseCors().Run(limit.RefuseAsync));
    }

    private bool IsExceeded(HttpContext context) =>
        context.Features.Get<IHttpRequestFeature>() is { } request && request.Method.Length + request.RawTarget.Length + Overhead > _maxBytes;

    private Task RefuseAsync(HttpContext context) => context.WriteProblemAsync(new ProblemDetails
    {
        Status = StatusCodes.Status414UriTooLong,
        Title = ReasonPhrases.GetReasonPhrase(StatusCodes.Status414UriTooLong),
        Detail = $"The request line is longer than the {_maxBytes} bytes that this server accepts. Send a long prompt in the body of a POST.",
    });
}
