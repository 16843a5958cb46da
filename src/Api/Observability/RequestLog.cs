using SseStreaming.Api.Problems;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Api.Observability;

/// <summary>
/// One line for each finished request. It names the route, not the path or the query: what a client made up stays out of logs.
/// </summary>
internal sealed partial class RequestLog(RequestDelegate next, TimeProvider time, ILogger<RequestLog> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var begun = time.GetTimestamp();
        await next(context);

        // A client that left got its line when that was noticed.
        if (context.Features.Get<DisconnectLogged>() is not null)
            return;
        Log.Finished(logger, KnownMethod(context.Request) ?? "(other)", GetRoute(context) ?? "(no route)",
            context.Response.StatusCode, time.GetElapsedTime(begun).TotalMilliseconds, GetStreamId(context));
    }

    /// <summary>The pattern of the route that a request took; null if there is none.</summary>
    public static string? GetRoute(HttpContext context) =>
        context.GetEndpoint() is RouteEndpoint endpoint ? '/' + endpoint.RoutePattern.RawText?.TrimStart('/') : null;

    /// <summary>A method is any token that a client likes: only the known ones are repeated.</summary>
    public static string? KnownMethod(HttpRequest request)
    {
        string[] known = [HttpMethods.Get, HttpMethods.Post, HttpMethods.Delete, HttpMethods.Options, HttpMethods.Head, HttpMethods.Put, HttpMethods.Patch];
        return Array.Find(known, method => HttpMethods.Equals(method, request.Method));
    }

    private static string GetStreamId(HttpContext context) =>
        context.Features.Get<StreamViewer>() is { } viewer ? viewer.StreamId.ToString()
        : StreamId.TryParse(context.GetRouteValue("id") as string, out var id) ? id.ToString()
        : "-";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Method} {Route} answered {StatusCode} in {Elapsed:0.0} ms, stream {StreamId}")]
        public static partial void Finished(ILogger logger, string method, string route, int statusCode, double elapsed, string streamId);
    }
}
