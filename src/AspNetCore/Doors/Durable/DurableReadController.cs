using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Auth.Grants;
using SseStreaming.AspNetCore.Controllers;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.AspNetCore.Streaming;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>Reads streams by the Durable Streams protocol: in pieces, by long-polling, or live.</summary>
[ApiController]
[StreamApi]
[DurableApi]
[ApiExplorerSettings(IgnoreApi = true)]
[Route(DurableDoor.Route)]
internal sealed class DurableReadController(
    ITextStreamService streams,
    IExternalStreamService external,
    DurableStreams durable,
    EventStreamFormatter formatter,
    PieceFormatter pieces,
    TimeProvider time) : ControllerBase
{
    private const string NoStore = "no-store";

    /// <summary>As the protocol advises: text does not change, but a stream can be deleted.</summary>
    private const string Cacheable = "max-age=60, stale-while-revalidate=300";

    private static readonly Refusal Gone = new(RefusalReason.UnknownStream, "The stream is no longer kept.");

    private Caller Caller => HttpContext.GetCaller();

    [HttpHead]
    [TakesGrant]
    public async Task<IActionResult> GetMetadata(string? path, CancellationToken cancellationToken)
    {
        Response.Headers.CacheControl = NoStore;
        if (!(await durable.FindAsync(Caller, path, cancellationToken)).Try(out var stream, out var refusal))
            return this.Refuse(refusal);
        Response.SetStream(stream);
        Response.ContentType = stream.Content.MediaType;
        return Ok();
    }

    [HttpGet]
    [TakesGrant]
    public async Task<IActionResult> Read(string? path, CancellationToken cancellationToken)
    {
        Response.Headers.CacheControl = NoStore;
        if (!ReadRequest.TryParse(Request.Query, out var request, out var refusal)
            || !(await durable.FindAsync(Caller, path, cancellationToken)).Try(out var stream, out refusal)
            || !request.TryGetPosition(stream, out var after, out refusal))
            return this.Refuse(refusal);
        return request.Live is LiveMode.Sse
            ? await StreamAsync(stream, after, request, cancellationToken)
            : await ReadPieceAsync(stream, after, request, cancellationToken);
    }

    private async Task<IActionResult> StreamAsync(DurableStream stream, long after, ReadRequest request, CancellationToken cancellationToken)
    {
        // A client that has the whole text of a closed stream is told that it is closed, by the terminal event.
        var position = stream.IsClosed && after == stream.Last ? after - 1 : after;
        if (!(await streams.ViewAsync(Caller, stream.State.Id, position, cancellationToken)).Try(out var viewer, out var refusal))
            return this.Refuse(refusal);

        Response.SetStreamId(viewer.StreamId);
        var framing = new DurableFraming(stream, after, StreamCursor.GetNext(request.Cursor, time));
        await formatter.WriteAsync(HttpContext, viewer, framing, cancellationToken);
        return new EmptyResult();
    }

    private async Task<IActionResult> ReadPieceAsync(DurableStream stream, long after, ReadRequest request, CancellationToken cancellationToken)
    {
        var isLongPoll = request.Live is LiveMode.LongPoll;
        var piece = new Piece(after, stream.Content.IsJson);
        // At the end there is nothing to read, unless the request waits for it.
        if (after != stream.Last || (isLongPoll && !stream.IsClosed))
        {
            if (!(await streams.ViewAsync(Caller, stream.State.Id, after, cancellationToken)).Try(out var viewer, out var refusal))
                return this.Refuse(refusal);
            using (viewer)
            // As in ViewerResponse: only an abort ends the response of an evicted viewer at once.
            using (viewer.Evicted.UnsafeRegister(static context => ((HttpContext)context!).Abort(), HttpContext))
            {
                HttpContext.Features.Set(viewer);
                if (await pieces.ReadAsync(HttpContext, viewer, stream.Last, stream.Content.IsJson, cancellationToken) is not { } read)
                    return this.Refuse(Gone);
                piece = read;
            }
        }
        else if (stream.State.TimeToLive is not null)
        {
            // A viewer renews it by itself.
            await external.RenewAsync(Caller, stream.State.Id, cancellationToken);
        }

        var isClosed = piece.EndsStream || (stream.IsClosed && piece.Last == stream.Last);
        var isUpToDate = piece.Last >= stream.Last;
        Response.SetStreamId(stream.State.Id);
        Response.SetOffset(stream.State, piece.Last, isClosed);
        if (isUpToDate)
            Response.Headers[DurableHeaders.UpToDate] = DurableHeaders.True;
        if (isLongPoll)
        {
            Response.Headers[DurableHeaders.Cursor] = StreamCursor.GetNext(request.Cursor, time);
            if (!piece.HasText && isUpToDate && after > 0)
                return NoContent();
        }
        else if (!request.IsNow && SetCaching(stream, piece, after, isClosed, isUpToDate))
        {
            return StatusCode(StatusCodes.Status304NotModified);
        }
        Response.ContentType = stream.Content.MediaType;
        await pieces.WriteAsync(HttpContext, piece, cancellationToken);
        return new EmptyResult();
    }

    /// <summary>What follows the end of an open stream may come at any time; all else does not change. True if the client has the piece.</summary>
    private bool SetCaching(DurableStream stream, Piece piece, long after, bool isClosed, bool isUpToDate)
    {
        var access = User.Identity is { IsAuthenticated: true } ? "private" : "public";
        Response.Headers.CacheControl = isUpToDate && !isClosed ? "no-cache" : $"{access}, {Cacheable}";
        // A cache would answer pages of other origins with a response that has no CORS headers.
        Response.Headers.Vary = "Origin";
        var tag = $"\"{stream.State.Id}:{after}:{piece.Last}{(isClosed ? ":c" : "")}\"";
        Response.Headers.ETag = tag;
        return Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Tag == tag || known.Tag == "*");
    }
}
