using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Common;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>
/// The response formatter. It writes all events that are ready, flushes once, and waits for more; during the wait, each append delivers
/// its events to the response. It sends heartbeats while there are none, and aborts the response of a client that does not read. A
/// framing encodes the events.
/// </summary>
internal sealed partial class EventStreamFormatter(
    IOptions<SseOptions> options, Drain drain, ViewerMetrics metrics, TimeProvider time, ILogger<EventStreamFormatter> logger)
{
    private readonly SseOptions _options = options.Value;
    private readonly DeadlineQueue _deadlines = new(time);
    private readonly byte[] _retryFrame = CreateRetryFrame(options.Value.Retry);

    /// <summary>Writes the events that the viewer has not received, until the terminal event or until the response has to end.</summary>
    public async Task<ViewerEnd> WriteAsync(
        HttpResponse response, StreamViewer viewer, IStreamFraming framing, CancellationToken requestAborted)
    {
        var opened = metrics.Opened();
        var end = ViewerEnd.Faulted;
        try
        {
            end = await WriteToEndAsync(response, viewer, framing, requestAborted);
        }
        finally
        {
            metrics.Ended(opened, end);
        }
        if (end is ViewerEnd.ClientDisconnected)
            response.HttpContext.Features.Set(ClientDisconnect.Instance);
        return end;
    }

    private async Task<ViewerEnd> WriteToEndAsync(
        HttpResponse response, StreamViewer viewer, IStreamFraming framing, CancellationToken requestAborted)
    {
        WriteHeaders(response);
        using var lifetime = new ResponseLifetime(response.HttpContext, _options.MaxConnectionAge, time, _deadlines, drain.ViewerShutdownToken, requestAborted);
        var writer = new ResponseWriter(response.BodyWriter, _options.WriteDeadline, time, metrics, requestAborted, drain.ShutdownToken);
        writer.Write(_retryFrame);
        framing.WriteStart(writer);
        var live = new LiveResponse(writer, framing, lifetime);
        var end = await WriteEventsAsync(writer, live, viewer, lifetime);
        var outcome = writer.Outcome;
        if (outcome is FlushOutcome.Flushed && end is null)
        {
            // Bytes that are not flushed yet are sent when the response ends.
            end = lifetime.End;
            if (end is ViewerEnd.Stopping)
                outcome = await RedirectAsync(writer);
        }
        if (outcome is FlushOutcome.Flushed && framing.BreaksOff(end!.Value))
        {
            outcome = await writer.FlushAsync();
            if (outcome is FlushOutcome.Flushed)
                await ResponseBreakOff.EndAsync(response.HttpContext, _options.WriteDeadline, time, drain.ShutdownToken);
        }

        switch (outcome)
        {
            case FlushOutcome.Flushed:
                return end!.Value;
            case FlushOutcome.ClientDisconnected:
                return ViewerEnd.ClientDisconnected;
            case FlushOutcome.ServerStopping:
                // A regular end would wait for the client to read.
                response.HttpContext.Abort();
                return ViewerEnd.Stopping;
            default:
                response.HttpContext.Abort();
                Log.TooSlow(logger, viewer.StreamId, viewer.Position, _options.WriteDeadline);
                return ViewerEnd.TooSlow;
        }
    }

    /// <summary>
    /// Writes what the read loop reads. It flushes when it has caught up: with a flush per event instead of one for all that are ready, a
    /// viewer receives less than half as many events per second. The end is null if a flush failed, or if the lifetime of the response ended.
    /// </summary>
    private async Task<ViewerEnd?> WriteEventsAsync(ResponseWriter writer, LiveResponse live, StreamViewer viewer, ResponseLifetime lifetime)
    {
        await foreach (var batch in viewer.ReadAsync(_options.Heartbeat, live, lifetime.Token))
        {
            if (batch.EndsStream)
                return await live.WriteEndAsync(batch) ? ViewerEnd.Finished : null;
            live.Write(batch);
            if (writer.IsFull && !await live.FlushAsync())
                return null;
        }
        return lifetime.Token.IsCancellationRequested || !await live.FlushAsync() ? null : ViewerEnd.Expired;
    }

    /// <summary>Sends the delay after which the client reconnects, to this server or to another node.</summary>
    private ValueTask<FlushOutcome> RedirectAsync(ResponseWriter writer)
    {
        writer.Write(CreateRetryFrame(drain.RedirectViewer()));
        return writer.FlushAsync();
    }

    private static byte[] CreateRetryFrame(TimeSpan delay) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"retry: {delay.TotalMilliseconds:0}\n\n"));

    private static void WriteHeaders(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        // no-transform and identity: a proxy that compresses delays events. X-Accel-Buffering: the same for the buffers of nginx.
        response.Headers.CacheControl = "no-cache, no-store, no-transform";
        response.Headers.ContentEncoding = "identity";
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Viewer of stream {StreamId} dropped after event {Sequence}: it read nothing for {Deadline}")]
        public static partial void TooSlow(ILogger logger, StreamId streamId, long sequence, TimeSpan deadline);
    }
}
