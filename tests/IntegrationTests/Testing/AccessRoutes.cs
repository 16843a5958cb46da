using SseStreaming.Domain;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>Every route of the API, as a request.</summary>
internal static class AccessRoutes
{
    /// <summary>Routes of one stream.</summary>
    public static readonly Route[] OfAStream =
    [
        new("state", streamId => Ask.Get($"/streams/{streamId}")) { TakesGrant = true },
        new("events", streamId => Ask.Get($"/streams/{streamId}/events")) { TakesGrant = true, TakesTokenInQuery = true },
        new("events, resumed", streamId => Ask.Get($"/streams/{streamId}/events", $"{streamId}.1")) { TakesGrant = true, TakesTokenInQuery = true },
        new("text", streamId => Ask.Get($"/streams/{streamId}/text")) { TakesGrant = true },
        new("resume by GET", streamId => Ask.Get("/sse", $"{streamId}.1")) { TakesTokenInQuery = true },
        new("resume by query", streamId => Ask.Get($"/sse?lastEventId={streamId}.1")) { TakesTokenInQuery = true },
        new("resume by POST", streamId => Ask.Post("/sse", "{}", $"{streamId}.1")),
        new("grant", streamId => Ask.Post($"/streams/{streamId}/grants", "{}")),
        new("stop", streamId => new HttpRequestMessage(HttpMethod.Delete, $"/streams/{streamId}")),
        new("forget", streamId => new HttpRequestMessage(HttpMethod.Delete, $"/streams/{streamId}?forget=true")),
    ];

    public static readonly Route[] Others =
    [
        new("start by GET", _ => Ask.Get("/sse?source=lorem&words=1&pace=0")) { TakesTokenInQuery = true },
        new("start by POST", _ => Ask.Post("/sse", """{"source":"lorem","words":1,"pace":0}""")),
        new("start", _ => Ask.Post("/streams", """{"source":"lorem","words":1,"pace":0}""")),
        new("list", _ => Ask.Get("/streams")),
        new("sources", _ => Ask.Get("/sources")),
        new("chat", _ => Ask.Post("/api/chat", """{"id":"c","source":"lorem","words":1,"pace":0,"messages":[{"role":"user","parts":[{"type":"text","text":"Hi"}]}]}""")),
        new("chat, resumed", _ => Ask.Get("/api/chat/c/stream")),
        new("chat, stopped", _ => Ask.Post("/api/chat/c/stop", "{}")),
        new("chat, state", _ => Ask.Get("/api/chat/c")),
        new("description", _ => Ask.Get("/openapi/v1.json")),
    ];

    /// <summary>Requests without a route, whose responses must not reveal more to unauthenticated clients than those of a route.</summary>
    public static readonly Route[] None =
    [
        new("nothing", _ => Ask.Get("/nothing")),
        new("no method", streamId => new HttpRequestMessage(HttpMethod.Put, $"/streams/{streamId}")),
    ];

    public static IEnumerable<Route> All => [.. OfAStream, .. Others, .. None];
}

internal sealed record Route(string Name, Func<StreamId, HttpRequestMessage> Request)
{
    public bool TakesGrant { get; init; }

    public bool TakesTokenInQuery { get; init; }

    public override string ToString() => Name;

    /// <summary>The request with an addition to its query.</summary>
    public HttpRequestMessage With(StreamId streamId, string query)
    {
        var request = Request(streamId);
        var path = request.RequestUri!.ToString();
        request.RequestUri = new Uri($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{query}", UriKind.Relative);
        return request;
    }
}
