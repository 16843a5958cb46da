using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Controllers;
using SseStreaming.AspNetCore.Controllers.Models;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.AspNetCore.Streaming;

namespace SseStreaming.AspNetCore.Doors.AiSdk;

/// <summary>The chats of Vercel's AI SDK (docs/ai-sdk.md). A chat is a thread, and its last stream is what a page resumes.</summary>
[ApiController]
[StreamApi]
[ApiExplorerSettings(IgnoreApi = true)]
internal sealed class ChatController(ITextStreamService streams, EventStreamFormatter formatter) : ControllerBase
{
    private Caller Caller => HttpContext.GetCaller();

    [HttpPost("/api/chat")]
    public async Task<IActionResult> Send([ModelBinder<ChatRequestBinder>] StartRequest request, CancellationToken cancellationToken) =>
        await StreamAsync(await streams.StartViewingAsync(Caller, request, cancellationToken), cancellationToken);

    [HttpGet("/api/chat/{chatId}/stream")]
    public async Task<IActionResult> Resume([ModelBinder<ChatIdBinder>] string chatId, CancellationToken cancellationToken)
    {
        Response.Headers.CacheControl = "no-store";
        if ((await FindLastAsync(chatId, cancellationToken)).Value is not { Status: StreamStatus.Running } last || !HasEnd(last.Source))
            return NoContent();
        var viewing = await streams.ViewAsync(Caller, last.Id, after: 0, cancellationToken);
        // The stream may have been dropped meanwhile.
        return viewing.Refusal?.Reason is RefusalReason.UnknownStream ? NoContent() : await StreamAsync(viewing, cancellationToken);
    }

    [HttpPost("/api/chat/{chatId}/stop")]
    public async Task<IActionResult> Stop(
        [ModelBinder<ChatIdBinder>] string chatId, [ModelBinder<ChatStopBinder>] ChatStop stop, CancellationToken cancellationToken)
    {
        if ((await FindLastAsync(chatId, cancellationToken)).Value is { Status: StreamStatus.Running } last
            && (stop.ActiveStreamId is null || stop.ActiveStreamId == last.Id.ToString()))
            await streams.StopAsync(Caller, last.Id, cancellationToken);
        return Ok(new { success = true });
    }

    [HttpGet("/api/chat/{chatId}")]
    public async Task<IActionResult> GetState([ModelBinder<ChatIdBinder>] string chatId, CancellationToken cancellationToken)
    {
        Response.Headers.CacheControl = "no-store";
        return (await FindLastAsync(chatId, cancellationToken)).Try(out var last, out var refusal)
            ? Ok(StreamStateModel.From(last))
            : this.Refuse(refusal);
    }

    private async ValueTask<Outcome<StreamState>> FindLastAsync(string chatId, CancellationToken cancellationToken)
    {
        var found = await streams.FindLastAsync(Caller, chatId, cancellationToken);
        if (found.Value is { } last)
            Response.SetStreamId(last.Id);
        return found;
    }

    /// <summary>A native request may have started a stream without an end in the thread.</summary>
    private bool HasEnd(string source) => streams.FindSource(source)?.HasEnd() is not false;

    private async Task<IActionResult> StreamAsync(Outcome<StreamViewer> viewing, CancellationToken cancellationToken)
    {
        if (!viewing.Try(out var viewer, out var refusal))
            return this.Refuse(refusal);

        Response.SetStreamId(viewer.StreamId);
        Response.Headers["x-vercel-ai-ui-message-stream"] = "v1";
        await formatter.WriteAsync(HttpContext, viewer, UiMessageFraming.Instance, cancellationToken);
        return new EmptyResult();
    }
}
