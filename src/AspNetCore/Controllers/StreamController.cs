using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Auth.Grants;
using SseStreaming.AspNetCore.Binding;
using SseStreaming.AspNetCore.Controllers.Models;
using SseStreaming.AspNetCore.Hosting;
using SseStreaming.AspNetCore.OpenApi;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Controllers;

/// <summary>Streams of generated text. Requests are refused before the first byte of a response.</summary>
[ApiController]
[StreamApi]
[Tags("Streams")]
internal sealed class StreamController(
    ITextStreamService streams, IExternalStreamService external, EventStreamFormatter formatter, TextFormatter textFormatter) : ControllerBase
{
    private Caller Caller => HttpContext.GetCaller();

    /// <summary>Start a generation and stream it, or resume a stream.</summary>
    /// <remarks>
    /// Everything is in the query, as a browser's `EventSource` needs it. With a last event id, the request resumes that stream and
    /// starts nothing. Options of the sources are listed by `GET /sources`.
    /// </remarks>
    [HttpGet("/sse")]
    [StartsGeneration]
    [TakesTokenInQuery]
    [EndpointName("StreamByGet")]
    [ProducesEventStream]
    [ProducesRefusals(204, 400, 404, 410, 429, 503)]
    public Task<IActionResult> Get(
        [ModelBinder<StartRequestBinder>] StartRequest request, [ModelBinder<LastEventIdBinder>] EventId? lastEventId, CancellationToken cancellationToken) =>
        StartOrResumeAsync(request, lastEventId, cancellationToken);

    /// <summary>Start a generation and stream it, or resume a stream, with a JSON body.</summary>
    /// <remarks>
    /// With an `Idempotency-Key`, a repeated request joins the stream that the first request started. With a last event id, the request
    /// resumes that stream and needs no body.
    /// </remarks>
    [HttpPost("/sse")]
    [EndpointName("StreamByPost")]
    [ProducesEventStream]
    [ProducesRefusals(204, 400, 404, 410, 413, 415, 422, 429, 503)]
    public Task<IActionResult> Post(
        [ModelBinder<StartRequestBinder>] StartRequest request, [ModelBinder<LastEventIdBinder>] EventId? lastEventId, CancellationToken cancellationToken) =>
        StartOrResumeAsync(request, lastEventId, cancellationToken);

    /// <summary>Start a generation without reading it.</summary>
    /// <remarks>
    /// A viewer must join within the grace period, or the generation is stopped. With `onDisconnect` set to `continue` it runs without
    /// viewers. With the source `external` nothing is generated: the stream has what `POST /streams/{id}/segments` appends.
    /// </remarks>
    /// <response code="201">The generation has started, or the stream waits for text.</response>
    /// <response code="200">The idempotency key belongs to this stream, which an earlier request started.</response>
    [HttpPost("/streams")]
    [EndpointName("StartStream")]
    [ProducesResponseType<StreamStateModel>(StatusCodes.Status201Created, "application/json")]
    [ProducesResponseType<StreamStateModel>(StatusCodes.Status200OK, "application/json")]
    [ProducesLocation]
    [ProducesRefusals(400, 413, 415, 422, 429, 503)]
    public async Task<IActionResult> Start([ModelBinder<StartRequestBinder>] StartRequest request, CancellationToken cancellationToken)
    {
        if (request.Source == ExternalSource.Name)
            return await CreateAsync(request, cancellationToken);
        return (await streams.StartAsync(Caller, request, cancellationToken)).Try(out var started, out var refusal)
            ? Found(started.State, started.Joined)
            : this.Refuse(refusal);
    }

    /// <summary>List the caller's streams.</summary>
    /// <remarks>
    /// Newest first, in pages. Only for an authenticated user: on a server that does not require authentication, the id of a stream gives
    /// access to it. Shared streams have no owner, and are in no list.
    /// </remarks>
    /// <param name="filter">Which streams.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <response code="200">A page of the list.</response>
    [HttpGet("/streams")]
    [EndpointName("ListStreams")]
    [ProducesResponseType<StreamListModel>(StatusCodes.Status200OK, "application/json")]
    [ProducesRefusals(400, 403, 503)]
    public async Task<IActionResult> List([ModelBinder<StreamFilterBinder>] StreamFilter filter, CancellationToken cancellationToken)
    {
        Response.Headers.CacheControl = "no-store";
        return (await streams.ListAsync(Caller, filter, cancellationToken)).Try(out var list, out var refusal)
            ? Ok(StreamListModel.From(list))
            : this.Refuse(refusal);
    }

    /// <summary>Get the state of a stream.</summary>
    /// <param name="id">Id of the stream.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <response code="200">The state of the stream.</response>
    [HttpGet("/streams/{id}")]
    [TakesGrant]
    [EndpointName("GetStream")]
    [ProducesResponseType<StreamStateModel>(StatusCodes.Status200OK, "application/json")]
    [ProducesRefusals(404, 503)]
    public async Task<IActionResult> GetState([ModelBinder<StreamIdBinder>] StreamId id, CancellationToken cancellationToken)
    {
        Response.Headers.CacheControl = "no-store";
        return (await streams.GetStateAsync(Caller, id, cancellationToken)).Try(out var state, out var refusal)
            ? Ok(StreamStateModel.From(state))
            : this.Refuse(refusal);
    }

    /// <summary>Read the events of a stream, or resume reading.</summary>
    /// <remarks>
    /// The response has every event that is kept, then each new event as it is generated. With a last event id it begins after that
    /// event.
    /// </remarks>
    /// <param name="id">Id of the stream.</param>
    /// <param name="lastEventId">Id of the last event that the client received.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    [HttpGet("/streams/{id}/events")]
    [TakesTokenInQuery]
    [TakesGrant]
    [EndpointName("GetStreamEvents")]
    [ProducesEventStream]
    [ProducesRefusals(204, 400, 404, 410, 429, 503)]
    public async Task<IActionResult> GetEvents(
        [ModelBinder<StreamIdBinder>] StreamId id, [ModelBinder<LastEventIdBinder>] EventId? lastEventId, CancellationToken cancellationToken)
    {
        if (lastEventId is { } last && last.StreamId != id)
            return this.Refuse(Refusal.Invalid(LastEventIdBinder.GetFieldName(Request), "The last event id is that of another stream."));
        return await StreamAsync(streams.ViewAsync(Caller, id, lastEventId?.Sequence ?? 0, cancellationToken), cancellationToken);
    }

    /// <summary>Get the text of a stream so far.</summary>
    /// <param name="id">Id of the stream.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <response code="200">The text that has been generated, unchanged.</response>
    [HttpGet("/streams/{id}/text")]
    [TakesGrant]
    [EndpointName("GetStreamText")]
    [ProducesResponseType<string>(StatusCodes.Status200OK, "text/plain")]
    [ProducesRefusals(404, 429, 503)]
    public async Task<IActionResult> GetText([ModelBinder<StreamIdBinder>] StreamId id, CancellationToken cancellationToken)
    {
        if (!(await streams.ReadTextAsync(Caller, id, cancellationToken)).Try(out var text, out var refusal))
            return this.Refuse(refusal);

        using (text)
            await textFormatter.WriteAsync(Response, text, cancellationToken);
        return new EmptyResult();
    }

    /// <summary>Stop the generation of a stream, or delete the stream.</summary>
    /// <remarks>
    /// The stream ends with the event `stopped` before the response is sent. A stream that has ended does not change. With `forget` it is
    /// then deleted, and unknown from then on.
    /// </remarks>
    /// <param name="id">Id of the stream.</param>
    /// <param name="forget">True deletes the stream with its text.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <response code="204">The stream has ended, or is deleted.</response>
    [HttpDelete("/streams/{id}")]
    [EndpointName("StopStream")]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    [ProducesRefusals(400, 403, 404)]
    public async Task<IActionResult> Stop(
        [ModelBinder<StreamIdBinder>] StreamId id, [ModelBinder<FlagBinder>] bool forget, CancellationToken cancellationToken) =>
        (forget ? await streams.ForgetAsync(Caller, id, cancellationToken) : await streams.StopAsync(Caller, id, cancellationToken))
            .Try(out _, out var refusal)
            ? NoContent()
            : this.Refuse(refusal);

    private async Task<IActionResult> CreateAsync(StartRequest request, CancellationToken cancellationToken) =>
        ExternalStart.From(request).Try(out var start, out var refusal)
            && (await external.CreateAsync(Caller, start, cancellationToken)).Try(out var stream, out refusal)
            ? Found(stream.State, stream.Existed)
            : this.Refuse(refusal!);

    private ObjectResult Found(StreamState state, bool existed)
    {
        Response.Headers.Location = StreamMapping.GetPath(HttpContext, "GetStream", state.Id);
        var model = StreamStateModel.From(state);
        return existed ? Ok(model) : StatusCode(StatusCodes.Status201Created, model);
    }

    private Task<IActionResult> StartOrResumeAsync(StartRequest request, EventId? lastEventId, CancellationToken cancellationToken) =>
        StreamAsync(
            lastEventId is { } last
                ? streams.ViewAsync(Caller, last.StreamId, last.Sequence, cancellationToken)
                : streams.StartViewingAsync(Caller, request, cancellationToken),
            cancellationToken);

    /// <summary>Writes the stream inside the action, because exception filters do not see what a result throws.</summary>
    private async Task<IActionResult> StreamAsync(ValueTask<Outcome<StreamViewer>> opening, CancellationToken cancellationToken)
    {
        if (!(await opening).Try(out var viewer, out var refusal))
            return this.Refuse(refusal);

        await formatter.WriteAsync(HttpContext, viewer, NativeFraming.Instance, cancellationToken);
        return new EmptyResult();
    }
}
