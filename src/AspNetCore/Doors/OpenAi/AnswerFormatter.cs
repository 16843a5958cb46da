using Microsoft.Extensions.Options;
using SseStreaming.Application.Common;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.AspNetCore.Streaming;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>Answers with a whole text in a JSON object: waits for the end of a stream, and writes its text without holding it in memory.</summary>
internal sealed class AnswerFormatter(IOptions<SseOptions> options, Drain drain, ViewerMetrics metrics, TimeProvider time)
{
    private static readonly OpenAiError AccessExpired = new(StatusCodes.Status401Unauthorized, "The token has expired.", Code: "invalid_api_key");

    private readonly DeadlineQueue _deadlines = new(time);

    /// <summary>Reads a viewer to the end of its stream. The error is null if the stream has ended.</summary>
    /// <exception cref="ClientDisconnectedException">The client closed the connection.</exception>
    public async Task<(StreamEnd? End, OpenAiError? Error)> WaitAsync(HttpContext context, StreamViewer viewer, CancellationToken requestAborted)
    {
        // The answer has no end before the text has one, so the maximum age of a response does not apply.
        using var lifetime = new ResponseLifetime(context, maxAge: TimeSpan.Zero, time, _deadlines, drain.ViewerShutdownToken, requestAborted);
        await foreach (var batch in viewer.ReadAsync(options.Value.Heartbeat, lifetime.Token))
        {
            if (batch.EndsStream)
                return (StreamEnd.From(batch), null);
        }
        if (!lifetime.Token.IsCancellationRequested)
            return (null, OpenAiError.NotFound("The text is no longer kept."));
        return lifetime.End switch
        {
            ViewerEnd.ClientDisconnected => throw new ClientDisconnectedException(requestAborted),
            ViewerEnd.AccessExpired => (null, AccessExpired),
            _ => (null, CreateStopping(context)),
        };
    }

    /// <summary>Writes JSON that has a text between two parts. The text may be broken off by a fault, which aborts the response.</summary>
    /// <exception cref="ClientDisconnectedException">The client closed the connection.</exception>
    public async Task WriteAsync(
        HttpContext context, ReadOnlyMemory<byte> before, IAsyncEnumerable<ReadOnlyMemory<byte>> text, ReadOnlyMemory<byte> after, CancellationToken requestAborted)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        var writer = new ResponseWriter(context.Response.BodyWriter, options.Value.WriteDeadline, time, metrics, requestAborted, drain.ShutdownToken);
        writer.Write(before.Span);
        await foreach (var piece in text.WithCancellation(requestAborted))
        {
            JsonText.Write(writer, piece.Span);
            if (writer.IsFull && await writer.FlushAsync() is not FlushOutcome.Flushed)
                break;
        }
        writer.Write(after.Span);
        var outcome = await writer.FlushAsync();
        if (outcome is FlushOutcome.ClientDisconnected)
            throw new ClientDisconnectedException(requestAborted);
        if (outcome is not FlushOutcome.Flushed)
            context.Abort();
    }

    private OpenAiError CreateStopping(HttpContext context)
    {
        var refusal = Refusal.Stopping(drain.RedirectViewer());
        context.Response.SetRetryAfter(refusal);
        return new OpenAiError(StatusCodes.Status503ServiceUnavailable, refusal.Detail, Code: ProblemTypes.GetName(ProblemTypes.Stopping));
    }
}
