using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Api.Observability;

/// <summary>What logs and traces may say about a request: only names that the server itself knows.</summary>
internal static class RequestNames
{
    private static readonly string[] KnownMethods =
        [HttpMethods.Get, HttpMethods.Post, HttpMethods.Delete, HttpMethods.Options, HttpMethods.Head, HttpMethods.Put, HttpMethods.Patch];

    /// <summary>The pattern of the matched route; null without a match.</summary>
    public static string? GetRoute(HttpContext context) =>
        context.GetEndpoint() is RouteEndpoint endpoint ? '/' + endpoint.RoutePattern.RawText?.TrimStart('/') : null;

    /// <summary>Null for an unknown method: a client may send any token as one.</summary>
    public static string? GetKnownMethod(HttpContext context) =>
        Array.Find(KnownMethods, method => HttpMethods.Equals(method, context.Request.Method));

    /// <summary>The stream that the response shows or that the route names, if it is well-formed.</summary>
    public static string? GetStreamId(HttpContext context) =>
        context.Features.Get<StreamViewer>() is { } viewer ? viewer.StreamId.ToString()
        : StreamId.TryParse(context.GetRouteValue("id") as string, out var id) ? id.ToString()
        : null;
}
