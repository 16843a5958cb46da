using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using SseStreaming.Application.Reading;

namespace SseStreaming.Api.Observability;

/// <summary>
/// Names and tags the span of each request by OpenTelemetry's conventions for HTTP, with the route only: clients choose the path,
/// the query, the host and the user agent.
/// </summary>
internal sealed class RequestTrace(RequestDelegate next)
{
    public const string ActivitySourceName = "Microsoft.AspNetCore";

    private const string SuppressFrameworkTags = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    /// <summary>Stops the framework from tagging spans with the path and the user agent. Call this before the host is built.</summary>
    public static void TakeOverTags() => AppContext.SetSwitch(SuppressFrameworkTags, true);

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        finally
        {
            if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span)
                Describe(span, context);
        }
    }

    private static void Describe(Activity span, HttpContext context)
    {
        var method = RequestNames.GetKnownMethod(context) ?? "_OTHER";
        var route = RequestNames.GetRoute(context);
        // The conventions' names for an unknown method or route.
        span.DisplayName = (method == "_OTHER" ? "HTTP" : method) + (route is null ? "" : $" {route}");
        span.SetTag("http.request.method", method);
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        span.SetTag("url.scheme", context.Request.Scheme);
        if (route is not null)
            span.SetTag("http.route", route);
        if (context.Features.Get<StreamViewer>() is { } viewer)
            span.SetTag("sse_streaming.stream.id", viewer.StreamId.ToString());
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            span.SetTag("error.type", context.Response.StatusCode.ToString(System.Globalization.CultureInfo.InvariantCulture)).SetStatus(ActivityStatusCode.Error);
    }
}
