using Microsoft.Extensions.Options;
using SseStreaming.Application.Common;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.AspNetCore.Streaming;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>Reads and writes the pieces of a stream, which are responses with a length. A piece is whole, or its client sees that it is not.</summary>
internal sealed class PieceFormatter(IOptions<SseOptions> options, Drain drain, ViewerMetrics metrics, TimeProvider time)
{
    private readonly DeadlineQueue _deadlines = new(time);

    /// <summary>
    /// Reads up to an event that is stored. A viewer that has it already waits for the next events instead, but not longer than an
    /// event stream is silent. Null if these are not kept, or no longer.
    /// </summary>
    public async Task<Piece?> ReadAsync(HttpContext context, StreamViewer viewer, long last, bool isJson, CancellationToken requestAborted)
    {
        using var lifetime = new ResponseLifetime(context, options.Value.MaxConnectionAge, time, _deadlines, drain.ViewerShutdownToken, requestAborted);
        var piece = new Piece(viewer.Position, isJson);
        await foreach (var batch in viewer.ReadAsync(options.Value.Heartbeat, lifetime.Token))
        {
            if (batch.IsEmpty)
                return piece;
            piece.Add(batch);
            if (batch.EndsStream || batch.Last >= last || piece.IsFull)
                return piece;
        }
        if (requestAborted.IsCancellationRequested)
            throw new ClientDisconnectedException(requestAborted);
        if (!lifetime.Token.IsCancellationRequested)
            return null;
        // The client goes on with its next request, which reaches another node, or this one after its restart.
        piece.DropPartialMessage();
        return piece;
    }

    /// <exception cref="ClientDisconnectedException">The client closed the connection.</exception>
    public async Task WriteAsync(HttpContext context, Piece piece, CancellationToken requestAborted)
    {
        context.Response.ContentLength = piece.GetBody().Sum(part => (long)part.Length);
        var writer = new ResponseWriter(context.Response.BodyWriter, options.Value.WriteDeadline, time, metrics, requestAborted, drain.ShutdownToken);
        foreach (var part in piece.GetBody())
        {
            writer.Write(part.Span, events: 1);
            if (writer.IsFull && await writer.FlushAsync() is not FlushOutcome.Flushed)
                break;
        }
        var outcome = await writer.FlushAsync();
        if (outcome is FlushOutcome.ClientDisconnected)
            throw new ClientDisconnectedException(requestAborted);
        if (outcome is not FlushOutcome.Flushed)
            context.Abort();
    }
}
