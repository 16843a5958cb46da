using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Binding;
using SseStreaming.AspNetCore.Controllers.Models;
using SseStreaming.AspNetCore.OpenApi;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Controllers;

/// <summary>Streams that clients write: their source is <c>external</c>.</summary>
[ApiController]
[StreamApi]
[Tags("Streams")]
internal sealed class ExternalStreamController(IExternalStreamService external, ITextStreamService streams) : ControllerBase
{
    private Caller Caller => HttpContext.GetCaller();

    /// <summary>Append text to a stream.</summary>
    /// <remarks>
    /// Only to a stream whose source is `external`, by its owner. The body is the text, or JSON with one or several texts; all of it is
    /// appended, or nothing. With the producer headers a repeated request changes nothing, so it can be sent again after a lost response.
    /// </remarks>
    /// <param name="id">Id of the stream.</param>
    /// <param name="append">The text.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <response code="200">The text is stored.</response>
    [HttpPost("/streams/{id}/segments")]
    [EndpointName("AppendToStream")]
    [ProducesResponseType<AppendModel>(StatusCodes.Status200OK, "application/json")]
    [ProducesRefusals(400, 403, 404, 409, 413, 415, 503)]
    public async Task<IActionResult> Append(
        [ModelBinder<StreamIdBinder>] StreamId id, [ModelBinder<AppendBinder>] ExternalAppend append, CancellationToken cancellationToken) =>
        (await external.AppendAsync(Caller, id, append, cancellationToken)).Try(out var receipt, out var refusal)
            ? AppendConflict.From(receipt, HttpContext) ?? Ok(AppendModel.From(receipt))
            : this.Refuse(refusal);

    /// <summary>End a stream.</summary>
    /// <remarks>
    /// Only a stream whose source is `external`, by its owner. It ends with the event `completed`, or `failed` with a problem. To end it
    /// again in the same way changes nothing.
    /// </remarks>
    /// <param name="id">Id of the stream.</param>
    /// <param name="append">How the stream ends.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <response code="200">The stream has ended.</response>
    [HttpPost("/streams/{id}/end")]
    [EndpointName("EndStream")]
    [ProducesResponseType<StreamStateModel>(StatusCodes.Status200OK, "application/json")]
    [ProducesRefusals(400, 403, 404, 409, 413, 415, 503)]
    public async Task<IActionResult> End(
        [ModelBinder<StreamIdBinder>] StreamId id, [ModelBinder<EndBinder>] ExternalAppend append, CancellationToken cancellationToken)
    {
        if (!(await external.AppendAsync(Caller, id, append, cancellationToken)).Try(out var receipt, out var refusal)
            || !(await streams.GetStateAsync(Caller, id, cancellationToken)).Try(out var state, out refusal))
            return this.Refuse(refusal);
        return receipt.Outcome is AppendOutcome.Closed && EndedAs(append.End!, state)
            ? Ok(StreamStateModel.From(state))
            : AppendConflict.From(receipt, HttpContext) ?? Ok(StreamStateModel.From(state));
    }

    private static bool EndedAs(ExternalEnd end, StreamState state) => end.Problem is null
        ? state.Status is StreamStatus.Completed
        : state.Status is StreamStatus.Failed && state.Reason == ProblemTypes.WriterFailed;
}
