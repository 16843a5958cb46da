using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Binding;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>Responses: streamed, whole or in the background; read again, resumed, cancelled and deleted.</summary>
[ApiController]
[OpenAiApi]
internal sealed class ResponseController(ITextStreamService streams, EventStreamFormatter formatter, AnswerFormatter answers)
    : OpenAiController(streams)
{
    private const string Route = OpenAiDoor.Root + "/responses";
    private const string StartingAfter = "starting_after";

    private static readonly OpenAiError Unknown = OpenAiError.NotFound("There is no such response: it never existed, or it is no longer kept.");

    /// <summary>Generates; or resumes a streamed response, if the request has the id of a frame.</summary>
    [HttpPost(Route)]
    public async Task<IActionResult> Create(CancellationToken cancellationToken)
    {
        var reader = new OpenAiRequestReader(Streams, isResponse: true);
        await reader.ReadAsync(Request, cancellationToken);
        if (reader.Error is { } error)
            return error.ToResult();
        if (reader.IsStreamed && GetLastEventId() is { } lastEventId)
            return await ResumeAsync(lastEventId, expected: null, cancellationToken);
        return reader.IsBackground && !reader.IsStreamed
            ? await StartAsync(reader.Request, cancellationToken)
            : await ViewAsync(reader, cancellationToken);
    }

    [HttpGet(Route + "/{id}")]
    public async Task<IActionResult> Get(string id, CancellationToken cancellationToken)
    {
        if (!ResponseId.TryParse(id, out var streamId))
            return Unknown.ToResult();
        if (Request.Query["stream"] != "true")
        {
            return (await FindAsync(streamId, cancellationToken)).Try(out var state, out var refusal)
                ? await WriteAsync(state, cancellationToken)
                : Refuse(refusal);
        }
        if (GetLastEventId() is { } lastEventId)
            return await ResumeAsync(lastEventId, streamId, cancellationToken);
        var after = Request.Query[StartingAfter].ToString();
        return after.Length == 0 ? await StreamAsync(streamId, -1, StartingAfter, cancellationToken)
            : ResponseId.TryParseNumber(after, out var number) ? await StreamAsync(streamId, number, StartingAfter, cancellationToken)
            : OpenAiError.Invalid(StartingAfter, $"'{StartingAfter}' must be the sequence number of an event.").ToResult();
    }

    [HttpPost(Route + "/{id}/cancel")]
    public async Task<IActionResult> Cancel(string id, CancellationToken cancellationToken)
    {
        if (!ResponseId.TryParse(id, out var streamId))
            return Unknown.ToResult();
        if (!(await FindAsync(streamId, cancellationToken)).Try(out var state, out var refusal)
            || (state.Status is StreamStatus.Running && !(await Streams.StopAsync(Caller, streamId, cancellationToken)).Try(out state, out refusal)))
            return Refuse(refusal);
        return StreamEnd.From(state) is { } end && ResponseObject.GetStatus(end) is not "cancelled" and var status
            ? OpenAiError.Invalid(null, $"The response can't be cancelled any more: it is {status}.").ToResult()
            : await WriteAsync(state, cancellationToken);
    }

    [HttpDelete(Route + "/{id}")]
    public async Task<IActionResult> Delete(string id, CancellationToken cancellationToken)
    {
        if (!ResponseId.TryParse(id, out var streamId))
            return Unknown.ToResult();
        if (!(await FindAsync(streamId, cancellationToken)).Try(out _, out var refusal)
            || !(await Streams.ForgetAsync(Caller, streamId, cancellationToken)).Try(out _, out refusal))
            return Refuse(refusal);
        return Ok(new { id, @object = "response", deleted = true });
    }

    private async Task<IActionResult> StartAsync(StartRequest request, CancellationToken cancellationToken)
    {
        if (!(await Streams.StartAsync(Caller, request, cancellationToken)).Try(out var started, out var refusal)
            || !(await FindAsync(started.State.Id, cancellationToken)).Try(out var state, out refusal))
            return Refuse(refusal, promptField: "input");
        return await WriteAsync(state, cancellationToken);
    }

    private async Task<IActionResult> ViewAsync(OpenAiRequestReader reader, CancellationToken cancellationToken)
    {
        if (!(await Streams.StartViewingAsync(Caller, reader.Request, cancellationToken)).Try(out var viewer, out var refusal))
            return Refuse(refusal, promptField: "input");

        using (viewer)
        {
            if (!(await FindAsync(viewer.StreamId, cancellationToken)).Try(out var state, out refusal))
                return Refuse(refusal);
            if (reader.IsStreamed)
            {
                await formatter.WriteAsync(HttpContext, viewer, new ResponseFraming(new ResponseObject(state), viewer, -1), cancellationToken);
                return new EmptyResult();
            }
            var (end, error) = await WaitAsync(answers, viewer, cancellationToken);
            if (end is null)
                return error!.ToResult();
            await WriteAsync(state, end, viewer.ReadTextAsync(cancellationToken), cancellationToken);
        }
        return new EmptyResult();
    }

    private async Task<IActionResult> ResumeAsync(string lastEventId, StreamId? expected, CancellationToken cancellationToken)
    {
        if (!ResponseId.TryParseFrame(lastEventId, out var streamId, out var number) || (expected ?? streamId) != streamId)
            return OpenAiError.Invalid(LastEventIdBinder.Header, $"'{LastEventIdBinder.Header}' is not the id of a frame of this response.").ToResult();
        return await StreamAsync(streamId, number, LastEventIdBinder.Header, cancellationToken);
    }

    /// <param name="streamId">The stream of the response.</param>
    /// <param name="after">The number of the last frame that the client has; -1 for none.</param>
    /// <param name="field">What gave the number.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    private async Task<IActionResult> StreamAsync(StreamId streamId, long after, string field, CancellationToken cancellationToken)
    {
        if (!(await FindAsync(streamId, cancellationToken)).Try(out var state, out var refusal))
            return Refuse(refusal);
        var last = ResponseSequence.GetLast(state);
        if (after > last)
            return OpenAiError.Invalid(field, $"'{field}' is beyond the last event.").ToResult();
        if (after == last && state.Status is not StreamStatus.Running && field == LastEventIdBinder.Header)
            return NoContent();
        var opening = await Streams.ViewAsync(Caller, streamId, ResponseSequence.GetEventBefore(after, state), cancellationToken);
        if (!opening.Try(out var viewer, out refusal))
            return Refuse(refusal, positionField: field);

        await formatter.WriteAsync(HttpContext, viewer, new ResponseFraming(new ResponseObject(state), viewer, after), cancellationToken);
        return new EmptyResult();
    }

    /// <summary>Writes a response as it stands.</summary>
    private async Task<IActionResult> WriteAsync(StreamState state, CancellationToken cancellationToken)
    {
        if (StreamEnd.From(state) is not { } end)
        {
            Response.Headers.CacheControl = "no-store";
            return File(new ResponseObject(state).Create(), "application/json");
        }
        if (!(await Streams.ReadTextAsync(Caller, state.Id, cancellationToken)).Try(out var text, out var refusal))
            return Refuse(refusal);
        using (text)
            await WriteAsync(state, end, text.Pieces, cancellationToken);
        return new EmptyResult();
    }

    private Task WriteAsync(StreamState state, StreamEnd end, IAsyncEnumerable<ReadOnlyMemory<byte>> text, CancellationToken cancellationToken) =>
        answers.WriteAsync(HttpContext, new ResponseObject(state).CreateBeforeText(end), text, ResponseObject.AfterText.ToArray(), cancellationToken);

    private string? GetLastEventId() => Request.Headers[LastEventIdBinder.Header].ToString() is { Length: > 0 } id ? id : null;
}
