using SseStreaming.Application.Reading;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>The response of one viewer, which it writes and then releases.</summary>
internal static class ViewerResponse
{
    /// <summary>
    /// Writes the events of a viewer, and disposes it. Call this inside the action: exception filters do not see what a result throws.
    /// </summary>
    public static async Task WriteAsync(
        this EventStreamFormatter formatter, HttpContext context, StreamViewer viewer, IStreamFraming framing, CancellationToken requestAborted)
    {
        using (viewer)
        // The client of an evicted viewer may have disconnected unnoticed: only an abort ends its response at once.
        using (viewer.Evicted.UnsafeRegister(static context => ((HttpContext)context!).Abort(), context))
        {
            // The request log and the filter for disconnects name the stream.
            context.Features.Set(viewer);
            await formatter.WriteAsync(context.Response, viewer, framing, requestAborted);
        }
    }
}
