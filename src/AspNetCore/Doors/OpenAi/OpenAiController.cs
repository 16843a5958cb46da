using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>What the controllers of the door share.</summary>
internal abstract class OpenAiController(ITextStreamService streams) : ControllerBase
{
    /// <summary>The SDKs repeat a request that got a server error, unless this header forbids it.</summary>
    private const string ShouldRetryHeader = "x-should-retry";

    protected ITextStreamService Streams => streams;

    protected Caller Caller => HttpContext.GetCaller();

    /// <summary>Finds a stream, and names it in the answer. A stream without an end is unknown to this door.</summary>
    protected async ValueTask<Outcome<StreamState>> FindAsync(StreamId streamId, CancellationToken cancellationToken)
    {
        var found = await streams.GetStateAsync(Caller, streamId, cancellationToken);
        if (found.Value is not { } state)
            return found;
        if (streams.FindSource(state.Source)?.HasEnd() is false)
            return new Refusal(RefusalReason.UnknownStream, "There is no such response.");
        Response.SetStreamId(state.Id);
        return found;
    }

    /// <summary>Waits for a whole text. Without one there is an error instead of a text that its client would take for whole.</summary>
    protected async Task<(StreamEnd? End, OpenAiError? Error)> WaitAsync(AnswerFormatter answers, StreamViewer viewer, CancellationToken cancellationToken)
    {
        // The request log and the filter for disconnects name the stream.
        HttpContext.Features.Set(viewer);
        using var evicted = viewer.Evicted.UnsafeRegister(static context => ((HttpContext)context!).Abort(), HttpContext);
        var (end, error) = await answers.WaitAsync(HttpContext, viewer, cancellationToken);
        if (end is null || end.HasText)
            return (end, error);
        // A repeated request would begin again what a client has stopped.
        if (end.Status is StreamStatus.Stopped)
            Response.Headers[ShouldRetryHeader] = "false";
        return (null, OpenAiError.From(end));
    }

    /// <param name="refusal">The refusal of the service.</param>
    /// <param name="promptField">What the door calls the prompt.</param>
    /// <param name="positionField">What the door calls the position.</param>
    protected IActionResult Refuse(Refusal refusal, string? promptField = null, string? positionField = null)
    {
        if (refusal.Reason is RefusalReason.Expired or RefusalReason.BeyondEnd)
            return OpenAiError.Invalid(positionField, refusal.Detail).ToResult();
        return promptField is not null && refusal.Errors?.Keys.FirstOrDefault() is "prompt" or "messages"
            ? OpenAiError.Invalid(promptField, refusal.Detail).ToResult()
            : RefusalResult.From(refusal, HttpContext);
    }
}
