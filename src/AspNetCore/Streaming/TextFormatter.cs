using System.Buffers;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Auth;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>Writes the text of a stream as plain text, and aborts the response of a client that does not read.</summary>
internal sealed partial class TextFormatter(IOptions<SseOptions> options, TimeProvider time, ILogger<TextFormatter> logger)
{
    private readonly TimeSpan _deadline = options.Value.WriteDeadline;

    /// <exception cref="ClientDisconnectedException">The client closed the connection.</exception>
    public async Task WriteAsync(HttpResponse response, StreamText text, CancellationToken requestAborted)
    {
        response.ContentType = "text/plain; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        await foreach (var piece in text.Pieces.WithCancellation(requestAborted))
        {
            // An expired token or grant ends the response. Aborted, because the client would take a regular end for the whole text.
            if (AccessExpiry.Left(response.HttpContext, time) == TimeSpan.Zero)
            {
                response.HttpContext.Abort();
                return;
            }
            // Not WriteAsync: it reports success also after the client has disconnected.
            response.BodyWriter.Write(piece.Span);
            var flush = response.BodyWriter.FlushAsync(CancellationToken.None).AsTask();
            await ((Task)flush).WaitAsync(_deadline, time, requestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!flush.IsCompleted && !requestAborted.IsCancellationRequested)
            {
                Log.TooSlow(logger, _deadline);
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
