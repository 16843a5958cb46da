using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Doors;

/// <summary>The header with which a door's answer names its stream, so that its client can use the native routes for it.</summary>
internal static class StreamIdHeader
{
    public const string Name = "X-Stream-Id";

    public static void SetStreamId(this HttpResponse response, StreamId streamId) => response.Headers[Name] = streamId.ToString();
}
