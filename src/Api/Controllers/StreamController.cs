using Microsoft.AspNetCore.Mvc;
using SseStreaming.Api.Auth;
using SseStreaming.Api.Auth.Grants;
using SseStreaming.Api.Auth.Tokens;
using SseStreaming.Api.Binding;
using SseStreaming.Api.Controllers.Models;
using SseStreaming.Api.OpenApi;
using SseStreaming.Api.Problems;
using SseStreaming.Api.Streaming;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Api.Controllers;

/// <summary>Streams of generated text over HTTP. What can be refused is refused before the first byte.</summary>
[ApiController]
[StreamApi]
internal sealed class StreamController : ControllerBase
{
    private readonly ITextStreamService _streams;
    private readonly EventStreamFormatter _formatter;
    private readonly TextFormatter _texts;

    public StreamController(ITextStreamService streams, EventStreamFormatter formatter, TextFormatter texts)
    {
        _texts = texts;
        _streams = streams;
        _formatter = formatter;
    }

    private Caller Caller => HttpContext.GetCaller();

    /// <summary>Starts a generation and streams it; with the last event id, resumes one instead. All that a native EventSource needs.</summary>
    [HttpGet("/sse")]
    [TakesTokenInQuery]
    [EndpointName("StreamByGet")]
    [ProducesEventStream]
    [ProducesProblems(400, 404, 410, 429, 503)]
    public Task<IActionResult> Get(
        [ModelBinder<StartRequestBinder>] StartRequest request,
        [ModelBinder<LastEventIdBinder>] EventId? lastEventId,
        CancellationToken cancellationToken) =>
        StartOrResume(request, lastEventId, cancellationToken);

    /// <summary>The same with a JSON body. With an Idempotency-Key, a repeated request joins the stream that the first one started.</summary>
    [HttpPost("/sse")]
    [EndpointName("StreamByPost")]
    [ProducesEventStream]
    [ProducesProblems(400, 404, 410, 413, 415, 422, 429, 503)]
    public Task<IActionResult> Post(
        [ModelBinder<StartRequestBinder>] StartRequest request,
        [ModelBinder<LastEventIdBinder>] EventId? lastEventId,
        CancellationToken cancellationToken) =>
        StartOrResume(request, lastEventId, cancellationToken);

    /// <summary>Starts a generation without reading it. A viewer must come within the grace, unless it is to run on without.</summary>
    [HttpPost("/streams")]
    [EndpointName("StartStream")]
    [ProducesResponseType<StreamStateModel>(StatusCodes.Status201Created)]
    [ProducesResponseType<StreamStateModel>(StatusCodes.Status200OK)]
    [ProducesProblems(400, 413, 415, 422, 429, 503)]
    public async Task<IActionResult> Start([ModelBinder<StartRequestBinder>] StartRequest request, CancellationToken cancellationToken)
    {
        if (!(await _streams.StartAsync(Caller, request, cancellationToken)).Try(out var started, out var refusal))
            return this.Refuse(refusal);

        var state = StreamStateModel.From(started.State);
        Response.Headers.Location = $"/streams/{state.Id}";
        return started.Joined ? Ok(state) : StatusCode(StatusCodes.Status201Created, state);
    }

    /// <summary>A stream as it stands.</summary>
    [HttpGet("/streams/{id}")]
    [TakesGrant]
    [EndpointName("GetStream")]
    [ProducesResponseType<StreamStateModel>(StatusCodes.Status200OK)]
    [ProducesProblems(404)]
    public async Task<IActionResult> GetState([ModelBinder<StreamIdBinder>] StreamId id, CancellationToken cancellationToken)
    {
        Response.Headers.CacheControl = "no-store";
        return (await _streams.GetStateAsync(Caller, id, cancellationToken)).Try(out var state, out var refusal)
            ? Ok(StreamStateModel.From(state))
            : this.Refuse(refusal);
    }

    /// <summary>Joins a stream: every event that is kept, then live. With the last event id, from there.</summary>
    [HttpGet("/streams/{id}/events")]
    [TakesTokenInQuery]
    [TakesGrant]
    [EndpointName("GetStreamEvents")]
    [ProducesEventStream]
    [ProducesProblems(400, 404, 410, 429, 503)]
    public async Task<IActionResult> GetEvents(
        [ModelBinder<StreamIdBinder>] StreamId id,
        [ModelBinder<LastEventIdBinder>] EventId? lastEventId,
        CancellationToken cancellationToken)
    {
        if (lastEventId is { } last && last.StreamId != id)
            return this.Refuse(Refusal.Invalid(LastEventIdBinder.GetFieldName(Request), "The last event id is that of another stream."));
        return await Stream(_streams.ViewAsync(Caller, id, lastEventId?.Sequence ?? 0, cancellationToken), cancellationToken);
    }

    /// <summary>The passage so far, exactly as it was generated.</summary>
    [HttpGet("/streams/{id}/text")]
    [TakesGrant]
    [EndpointName("GetStreamText")]
    [ProducesResponseType<string>(StatusCodes.Status200OK, "text/plain")]
    [ProducesProblems(404, 429, 503)]
    public async Task<IActionResult> GetText([ModelBinder<StreamIdBinder>] StreamId id, CancellationToken cancellationToken)
    {
        if (!(await _streams.ReadTextAsync(Caller, id, cancellationToken)).Try(out var text, out var refusal))
            return this.Refuse(refusal);

        using (text)
            await _texts.WriteAsync(Response, text, cancellationToken);
        return new EmptyResult();
    }

    /// <summary>Stops a generation, at once. Nothing changes if it has ended already.</summary>
    [HttpDelete("/streams/{id}")]
    [EndpointName("StopStream")]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    [ProducesProblems(403, 404)]
    public async Task<IActionResult> Stop([ModelBinder<StreamIdBinder>] StreamId id, CancellationToken cancellationToken)
    {
        return (await _streams.StopAsync(Caller, id, cancellationToken)).Try(out _, out var refusal)
            ? NoContent()
            : this.Refuse(refusal);
    }

    /// <summary>The sources that can be asked for, and what each takes.</summary>
    [HttpGet("/sources")]
    [EndpointName("GetSources")]
    public SourceListModel GetSources() => SourceListModel.From(_streams);

    private Task<IActionResult> StartOrResume(StartRequest request, EventId? lastEventId, CancellationToken cancellationToken) =>
        Stream(
            lastEventId is { } last
                ? _streams.ViewAsync(Caller, last.StreamId, last.Sequence, cancellationToken)
                : _streams.StartViewingAsync(Caller, request, cancellationToken),
            cancellationToken);

    /// <summary>Streams inside the action: exception filters see nothing of what runs later.</summary>
    private async Task<IActionResult> Stream(ValueTask<Outcome<StreamViewer>> opening, CancellationToken cancellationToken)
    {
        if (!(await opening).Try(out var viewer, out var refusal))
            return this.Refuse(refusal);

        using (viewer)
        // A viewer that has to make room may have lost its client long ago: only to break off ends it at once.
        using (viewer.Evicted.UnsafeRegister(static context => ((HttpContext)context!).Abort(), HttpContext))
        {
            // For whoever logs that the client left.
            HttpContext.Features.Set(viewer);
            await _formatter.WriteAsync(Response, viewer, cancellationToken);
        }
        return new EmptyResult();
    }
}
