using System.Buffers;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Auth;
using SseStreaming.Application.Reading;

namespace SseStreaming.Api.Streaming;

/// <summary>Writes a passage as plain text, and gives up a client that does not read it.</summary>
internal sealed partial class TextFormatter(IOptions<SseOptions> options, TimeProvider time, ILogger<TextFormatter> logger)
{
    /// <exception cref="ClientDisconnectedException">The client left.</exception>
    public async Task WriteAsync(HttpResponse response, StreamText text, CancellationToken requestAborted)
    {
        response.ContentType = "text/plain; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        await foreach (var piece in text.Pieces.WithCancellation(requestAborted))
        {
            // What was allowed for a time is not read for longer. Cut off, or the client would take it for all.
            if (AccessExpiry.Left(response.HttpContext, time) == TimeSpan.Zero)
            {
                response.HttpContext.Abort();
                return;
            }
            // Not WriteAsync: after the client has left, its result is that of a write that succeeded.
            response.BodyWriter.Write(piece.Span);
            var flush = response.BodyWriter.FlushAsync(CancellationToken.None).AsTask();
            await ((Task)flush).WaitAsync(options.Value.WriteDeadline, time, requestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!flush.IsCompleted && !requestAborted.IsCancellationRequested)
            {
                Log.TooSlow(logger, options.Value.WriteDeadline);
                response.HttpContext.Abort();
                return;
            }
            if (requestAborted.IsCancellationRequested || (await flush).IsCompleted)
                throw new ClientDisconnectedException(requestAborted);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "A reader of a passage was dropped: it read nothing for {Deadline}")]
        public static partial void TooSlow(ILogger logger, TimeSpan deadline);
    }
}
