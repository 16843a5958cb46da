using Microsoft.AspNetCore.Http.Features;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>
/// Ends a response so that its client sees that it is incomplete, after all that was flushed. An abort would drop the bytes that a slow
/// client has not received, and an exception would be logged as a fault of the server.
/// </summary>
internal static class ResponseBreakOff
{
    /// <summary>INTERNAL_ERROR of HTTP/2. A flush returns when the connection has taken the bytes, so the reset follows them.</summary>
    private const int InternalError = 2;

    /// <param name="context">The request, whose response has been flushed.</param>
    /// <param name="deadline">How long the client may take to receive the rest.</param>
    /// <param name="time">The clock of the deadline.</param>
    /// <param name="shutdown">Ends the wait for the client.</param>
    public static async Task EndAsync(HttpContext context, TimeSpan deadline, TimeProvider time, CancellationToken shutdown)
    {
        if (context.Features.Get<IHttpResetFeature>() is { } http2)
        {
            http2.Reset(InternalError);
            return;
        }
        if (TransportOutput.Find(context) is { } output)
            await output.CompleteAsync(deadline, time, shutdown);
        // Keeps Kestrel from writing the last chunk.
        context.Abort();
    }
}
