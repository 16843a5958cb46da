using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Binding;
using SseStreaming.AspNetCore.Controllers;
using SseStreaming.AspNetCore.Problems;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>Creates, writes and deletes streams by the Durable Streams protocol. A stream that a path names by its id is read-only.</summary>
[ApiController]
[StreamApi]
[DurableApi]
[ApiExplorerSettings(IgnoreApi = true)]
[Route(DurableDoor.Route)]
internal sealed class DurableWriteController(ITextStreamService streams, IExternalStreamService external, DurableStreams durable) : ControllerBase
{
    private const string DefaultContentType = "text/plain";

    private Caller Caller => HttpContext.GetCaller();

    private bool Closes => Request.Headers[DurableHeaders.Closed] == DurableHeaders.True;

    [HttpPut]
    public async Task<IActionResult> Create(string? path, CancellationToken cancellationToken)
    {
        if (StreamPath.Parse(path) is not { } parsed)
            return this.Refuse(Refusal.Invalid("path", "A path has segments of letters, digits, '-', '_' and '.', and 512 characters at most."));
        if (parsed.StreamId is not null)
            return RefuseReadOnly();
        if (Request.Headers.ContainsKey(DurableHeaders.ForkedFrom) || Request.Headers.ContainsKey(DurableHeaders.ForkSubOffset))
            return this.Refuse(Refusal.Invalid(DurableHeaders.ForkedFrom, "Streams can't be forked here."));
        if (DurableContent.Parse(Request.ContentType ?? DefaultContentType) is not { } content)
            return CreateProblem(StatusCodes.Status415UnsupportedMediaType, "Text and JSON are kept here, as UTF-8: 'text/*' or 'application/json'.");
        if (!CreateHeaders.ReadTime(Request.Headers).Try(out var start, out var refusal))
            return this.Refuse(refusal);
        if (content.Read(await DurableBody.ReadAsync(Request, cancellationToken)) is not { } texts)
            return RefuseContent(content);

        start = start with { Name = parsed.Name, Properties = content.Properties, Texts = texts, Ends = Closes };
        if (!(await external.CreateAsync(Caller, start, cancellationToken)).Try(out var created, out refusal))
        {
            return refusal.Reason is RefusalReason.KeyReused
                ? CreateProblem(StatusCodes.Status409Conflict, "There is a stream with this path and another configuration.")
                : this.Refuse(refusal);
        }
        Response.SetStream(new DurableStream(created.State, content));
        Response.ContentType = content.MediaType;
        if (created.Existed)
            return Ok();
        Response.Headers.Location = $"{Request.Scheme}://{Request.Host}{Request.PathBase}{Request.Path}";
        return StatusCode(StatusCodes.Status201Created);
    }

    [HttpPost]
    public async Task<IActionResult> Append(string? path, CancellationToken cancellationToken)
    {
        if (StreamPath.Parse(path)?.StreamId is not null)
            return RefuseReadOnly();
        var errors = new Dictionary<string, string[]>();
        var producer = ProducerHeaders.Read(Request, (header, error) => errors[header] = [error]);
        if (errors.Count > 0)
            return this.Refuse(Refusal.Invalid(errors));
        if (!(await durable.FindAsync(Caller, path, cancellationToken)).Try(out var stream, out var refusal))
            return this.Refuse(refusal);
        var body = await DurableBody.ReadAsync(Request, cancellationToken);
        if (body.IsEmpty && !Closes)
            return this.Refuse(Refusal.Invalid("", $"A body is needed, unless '{DurableHeaders.Closed}: {DurableHeaders.True}' closes the stream."));
        if (!body.IsEmpty && Request.ContentType is null)
            return this.Refuse(Refusal.Invalid("Content-Type", "'Content-Type' is needed with a body."));
        if (!body.IsEmpty && DurableContent.Parse(Request.ContentType!) != stream.Content)
            return CreateProblem(StatusCodes.Status409Conflict, $"The stream has another content type: '{stream.Content.MediaType}'.");
        if (stream.Content.Read(body) is not { } texts || (texts.Count == 0 && !body.IsEmpty))
            return RefuseContent(stream.Content);

        var append = new ExternalAppend
        {
            Texts = texts,
            End = Closes ? new ExternalEnd() : null,
            Producer = producer,
            Order = Request.Headers[DurableHeaders.Sequence] is [{ } order, ..] ? order : null,
        };
        return (await external.AppendAsync(Caller, stream.State.Id, append, cancellationToken)).Try(out var receipt, out refusal)
            ? Answer(stream.State, append, receipt)
            : this.Refuse(refusal);
    }

    [HttpDelete]
    public async Task<IActionResult> Delete(string? path, CancellationToken cancellationToken)
    {
        if (StreamPath.Parse(path)?.StreamId is not null)
            return RefuseReadOnly();
        return (await durable.FindAsync(Caller, path, cancellationToken)).Try(out var stream, out var refusal)
            && (await streams.ForgetAsync(Caller, stream.State.Id, cancellationToken)).Try(out _, out refusal)
                ? NoContent()
                : this.Refuse(refusal);
    }

    private IActionResult Answer(StreamState state, ExternalAppend append, AppendReceipt receipt)
    {
        Response.SetStreamId(state.Id);
        Response.SetOffset(state, receipt.LastEventId.Sequence, receipt.IsClosed);
        if (receipt.Producer is { } producer)
            Response.SetProducer(producer);
        var isCloseOnly = append.Texts.Count == 0;
        return receipt.Outcome switch
        {
            AppendOutcome.Appended when append.Producer is not null && !isCloseOnly => Ok(),
            // To close a stream again changes nothing.
            AppendOutcome.Closed when append.Producer is null && isCloseOnly => NoContent(),
            _ => AppendConflict.From(receipt, HttpContext) ?? NoContent(),
        };
    }

    private ObjectResult RefuseReadOnly()
    {
        Response.Headers.Allow = "GET, HEAD";
        return CreateProblem(StatusCodes.Status405MethodNotAllowed, "A stream that the path names by its id can only be read here.");
    }

    private IActionResult RefuseContent(DurableContent content) => this.Refuse(
        Refusal.Invalid("", content.IsJson ? "The body must be a JSON value, or an array with at least one." : "The body is not UTF-8."));

    private ObjectResult CreateProblem(int status, string detail) =>
        ProblemResult.Create(HttpContext, status, type: null, title: ReasonPhrases.GetReasonPhrase(status), detail);
}
