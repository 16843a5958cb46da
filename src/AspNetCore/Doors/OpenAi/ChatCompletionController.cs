using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Streaming;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>Chat completions, streamed or whole.</summary>
[ApiController]
[OpenAiApi]
internal sealed class ChatCompletionController(ITextStreamService streams, EventStreamFormatter formatter, AnswerFormatter answers)
    : OpenAiController(streams)
{
    [HttpPost(OpenAiDoor.Root + "/chat/completions")]
    public async Task<IActionResult> Create(CancellationToken cancellationToken)
    {
        var reader = new OpenAiRequestReader(Streams, isResponse: false);
        await reader.ReadAsync(Request, cancellationToken);
        if (reader.Error is { } error)
            return error.ToResult();
        if (!(await Streams.StartViewingAsync(Caller, reader.Request, cancellationToken)).Try(out var viewer, out var refusal))
            return Refuse(refusal, promptField: "messages");

        using (viewer)
        {
            if (!(await FindAsync(viewer.StreamId, cancellationToken)).Try(out var state, out refusal))
                return Refuse(refusal);
            if (!reader.IsStreamed)
                return await AnswerAsync(viewer, state, cancellationToken);
            await formatter.WriteAsync(HttpContext, viewer, new ChatFraming(state, reader.IncludesUsage), cancellationToken);
        }
        return new EmptyResult();
    }

    private async Task<IActionResult> AnswerAsync(StreamViewer viewer, StreamState state, CancellationToken cancellationToken)
    {
        var (end, error) = await WaitAsync(answers, viewer, cancellationToken);
        if (end is null)
            return error!.ToResult();

        var (before, after) = ChatCompletion.Create(state, end);
        await answers.WriteAsync(HttpContext, before, viewer.ReadTextAsync(cancellationToken), after, cancellationToken);
        return new EmptyResult();
    }
}
