using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using SseStreaming.Domain;

namespace SseStreaming.Testing.Servers;

/// <summary>Creates requests, and interprets responses and events of the protocol.</summary>
internal static class Ask
{
    public const string LastEventId = "Last-Event-ID";

    public static HttpRequestMessage Get(string path, string? lastEventId = null) =>
        new HttpRequestMessage(HttpMethod.Get, path).With(LastEventId, lastEventId);

    public static HttpRequestMessage Post(string path, string json, string? lastEventId = null) =>
        Post(path, Encoding.UTF8.GetBytes(json)).With(LastEventId, lastEventId);

    public static HttpRequestMessage Post(string path, byte[] body, string? contentType = "application/json")
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        return new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
    }

    public static HttpRequestMessage With(this HttpRequestMessage request, string header, string? value)
    {
        if (value is not null)
            request.Headers.TryAddWithoutValidation(header, value);
        return request;
    }

    public static EventId IdOf(SseItem<string> item) =>
        EventId.TryParse(item.EventId, out var id) ? id : throw new AssertionException($"'{item.EventId}' is not an event id.");

    /// <summary>The id of the stream that a <c>POST /streams</c> has started.</summary>
    public static StreamId StartedBy(HttpResponseMessage response) =>
        StreamId.TryParse(response.Headers.Location?.ToString().Split('/')[^1], out var id) ? id : throw new AssertionException("No stream was started.");

    public static bool IsSegment(SseItem<string> item) => item is { EventType: "message", EventId: not null };

    public static bool IsTerminal(SseItem<string> item) => item.EventType is "completed" or "stopped" or "failed";

    public static bool IsSentinel(SseItem<string> item) => item is { EventType: "message", EventId: null, Data: "[END]" };

    /// <summary>The concatenated text of all segments among the events.</summary>
    public static string TextOf(IEnumerable<SseItem<string>> items) => string.Concat(items.Where(IsSegment).Select(item => item.Data));
}
