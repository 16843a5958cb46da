using SseStreaming.Domain;

namespace SseStreaming.IntegrationTests.Harness;

/// <summary>Every route of the API, as a request.</summary>
internal static class AccessRoutes
{
    /// <summary>Those that are about one stream.</summary>
    public static readonly Route[] OfAStream =
    [
        new("state", stream => Ask.Get($"/streams/{stream}")) { TakesGrant = true },
        new("events", stream => Ask.Get($"/streams/{stream}/events")) { TakesGrant = true, TakesTokenInQuery = true },
        new("events, resumed", stream => Ask.Get($"/streams/{stream}/events", $"{stream}.1")) { TakesGrant = true, TakesTokenInQuery = true },
        new("text", stream => Ask.Get($"/streams/{stream}/text")) { TakesGrant = true },
        new("resume by GET", stream => Ask.Get("/sse", $"{stream}.1")) { TakesTokenInQuery = true },
        new("resume by query", stream => Ask.Get($"/sse?lastEventId={stream}.1")) { TakesTokenInQuery = true },
        new("resume by POST", stream => Ask.Post("/sse", "{}", $"{stream}.1")),
        new("grant", stream => Ask.Post($"/streams/{stream}/grants", "{}")),
        new("stop", stream => new HttpRequestMessage(HttpMethod.Delete, $"/streams/{stream}")),
    ];

    public static readonly Route[] Others =
    [
        new("start by GET", _ => Ask.Get("/sse?source=lorem&words=1&pace=0")) { TakesTokenInQuery = true },
        new("start by POST", _ => Ask.Post("/sse", """{"source":"lorem","words":1,"pace":0}""")),
        new("start", _ => Ask.Post("/streams", """{"source":"lorem","words":1,"pace":0}""")),
        new("sources", _ => Ask.Get("/sources")),
        new("description", _ => Ask.Get("/openapi/v1.json")),
    ];

    /// <summary>What is no route says nothing to strangers, either.</summary>
    public static readonly Route[] None =
    [
        new("nothing", _ => Ask.Get("/nothing")),
        new("no method", stream => new HttpRequestMessage(HttpMethod.Put, $"/streams/{stream}")),
    ];

    public static IEnumerable<Route> All => [.. OfAStream, .. Others, .. None];
}

internal sealed record Route(string Name, Func<StreamId, HttpRequestMessage> Request)
{
    public bool TakesGrant { get; init; }

    public bool TakesTokenInQuery { get; init; }

    public override string ToString() => Name;

    /// <summary>The request with something more in its query.</summary>
    public HttpRequestMessage With(StreamId stream, string query)
    {
        var request = Request(stream);
        var path = request.RequestUri!.ToString();
        request.RequestUri = new Uri($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{query}", UriKind.Relative);
        return request;
    }
}
