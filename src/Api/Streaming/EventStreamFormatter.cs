using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Auth;
using SseStreaming.Api.Observability;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.Domain;

namespace SseStreaming.Api.Streaming;

/// <summary>
/// The response formatter: the only writer of an event stream's response. Frames of a batch go out together; when nothing came it
/// says so; a viewer that does not read is given up.
/// </summary>
internal sealed partial class EventStreamFormatter(
    IOptions<SseOptions> options, Drain drain, ViewerMetrics metrics, TimeProvider time, ILogger<EventStreamFormatter> logger)
{
    /// <summary>During a replay this much is written between two flushes.</summary>
    private const int FlushBytes = 32 * 1024;

    private readonly SseOptions _options = options.Value;
    private readonly byte[] _opening = CreateRetryFrame(options.Value.Retry);

    /// <summary>Writes everything that the viewer has still to see, until the terminal event or until there is a reason to end.</summary>
    /// <exception cref="ClientDisconnectedException">The client left.</exception>
    public async Task<ViewerEnd> WriteAsync(HttpResponse response, StreamViewer viewer, CancellationToken requestAborted)
    {
        var opened = metrics.Opened();
        var end = ViewerEnd.Faulted;
        try
        {
            end = await WriteToEndAsync(response, viewer, requestAborted);
        }
        finally
        {
            metrics.Ended(opened, end);
        }
        return end is ViewerEnd.ClientDisconnected ? throw new ClientDisconnectedException(requestAborted) : end;
    }

    private async Task<ViewerEnd> WriteToEndAsync(HttpResponse response, StreamViewer viewer, CancellationToken requestAborted)
    {
        WriteHeaders(response);
        using var age = CreateAgeLimit();
        using var access = CreateAccessLimit(response.HttpContext);
        var departure = drain.ViewerShutdownToken;
        // Not of the end of all: the departure comes before it.
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(
            requestAborted, departure, age?.Token ?? CancellationToken.None, access?.Token ?? CancellationToken.None);
        var writer = new ResponseWriter(response.BodyWriter, _options.WriteDeadline, time, metrics, requestAborted, drain.ShutdownToken);
        writer.Write(_opening);
        var (outcome, end) = await WriteEventsAsync(writer, viewer, leaving);
        if (outcome is FlushOutcome.Flushed && end is null)
        {
            // What was written and not flushed goes out with the end of the response.
            end = ViewerEnd.ConnectionAgeReached;
            if (requestAborted.IsCancellationRequested)
                outcome = FlushOutcome.ClientDisconnected;
            else if (departure.IsCancellationRequested)
                (outcome, end) = (await RedirectAsync(writer), ViewerEnd.Stopping);
            else if (access is { IsCancellationRequested: true })
                end = ViewerEnd.AccessExpired;
        }

        if (outcome is FlushOutcome.ClientDisconnected)
            return ViewerEnd.ClientDisconnected;
        if (outcome is FlushOutcome.Flushed)
            return end!.Value;

        // To end the response cleanly would be to wait for the client to read.
        response.HttpContext.Abort();
        if (outcome is FlushOutcome.ServerStopping)
            return ViewerEnd.Stopping;
        Log.TooSlow(logger, viewer.StreamId, viewer.Position, _options.WriteDeadline);
        return ViewerEnd.TooSlow;
    }

    /// <summary>Tells a client when to come back: here if the server does, or to another node.</summary>
    private ValueTask<FlushOutcome> RedirectAsync(ResponseWriter writer)
    {
        writer.Write(CreateRetryFrame(drain.RedirectViewer()));
        return writer.FlushAsync();
    }

    private static byte[] CreateRetryFrame(TimeSpan wait) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"retry: {wait.TotalMilliseconds:0}\n\n"));

    /// <summary>All was sent, and the end is null: then it was time to leave.</summary>
    private async Task<(FlushOutcome Outcome, ViewerEnd? End)> WriteEventsAsync(
        ResponseWriter writer, StreamViewer viewer, CancellationTokenSource leaving)
    {
        await using var batches = viewer.ReadAsync(_options.Heartbeat, leaving.Token).GetAsyncEnumerator(leaving.Token);
        try
        {
            while (true)
            {
                var move = batches.MoveNextAsync();
                // Nothing leaves the writer before a flush. One for all that is ready: with one for each event a single viewer gets
                // less than half as many events a second.
                if (writer.Unflushed >= FlushBytes || (!move.IsCompleted && writer.Unflushed > 0))
                {
                    var flushed = await writer.FlushAsync();
                    if (flushed is not FlushOutcome.Flushed)
                    {
                        await CancelMoveAsync(move, leaving);
                        return (flushed, null);
                    }
                }
                if (!await move)
                    return (await writer.FlushAsync(), ViewerEnd.Expired);

                var batch = batches.Current;
                writer.Write(batch.IsEmpty ? ": heartbeat\n\n"u8 : batch.Frames.Span, batch.Count);
                if (batch.EndsStream)
                {
                    writer.Write("data: [END]\n\n"u8);
                    return (await writer.FlushAsync(), ViewerEnd.Finished);
                }
            }
        }
        // Caught here, as it costs as much again in each method that it passes through, and thousands may leave at once.
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            return (FlushOutcome.Flushed, null);
        }
    }

    /// <summary>An async iterator can't be disposed during a move, so the move is ended first.</summary>
    private static async Task CancelMoveAsync(ValueTask<bool> move, CancellationTokenSource leaving)
    {
        await leaving.CancelAsync();
        await ((Task)move.AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private CancellationTokenSource? CreateAgeLimit() =>
        _options.MaxConnectionAge > TimeSpan.Zero
            ? new CancellationTokenSource(_options.MaxConnectionAge * (0.9 + (0.2 * Random.Shared.NextDouble())), time)
            : null;

    /// <summary>What was allowed for a time is not read for longer; whoever may go on comes back and says so.</summary>
    private CancellationTokenSource? CreateAccessLimit(HttpContext context) =>
        AccessExpiry.Left(context, time) is { } left ? new CancellationTokenSource(left, time) : null;

    private static void WriteHeaders(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        // no-transform and identity: a proxy that compresses holds events back. X-Accel-Buffering is nginx's word for that.
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
