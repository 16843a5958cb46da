using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Mvc.Filters;
using SseStreaming.Api.Logging;
using SseStreaming.Application.Streams;
using SseStreaming.Domain;

namespace SseStreaming.Api.Streaming;

/// <summary>
/// Logs a client that left, once and without a stack, and marks that as handled: it is no fault. A real fault after the response
/// began is left alone, for marking it would end the response as if all had been said.
/// </summary>
internal sealed partial class ClientDisconnectFilter(ILogger<ClientDisconnectFilter> logger) : IExceptionFilter
{
    public void OnException(ExceptionContext context)
    {
        if (!IsDisconnect(context))
            return;

        // Kestrel would try to read the rest of the body, and log that as an error.
        if (context.Exception is ConnectionResetException or ConnectionAbortedException)
            context.HttpContext.Abort();

        var viewer = context.HttpContext.Features.Get<StreamViewer>();
        var stream = viewer?.Stream.ToString()
            ?? (StreamId.TryParse(context.HttpContext.GetRouteValue("id") as string, out var id) ? id.ToString() : "-");
        Log.ClientClosedConnection(logger, stream, viewer?.Position ?? 0);
        context.HttpContext.Features.Set(new DisconnectLogged());
        context.ExceptionHandled = true;
    }

    private static bool IsDisconnect(ExceptionContext context) =>
        // A read of the body can fail with the connection's own exception before the request is said to be aborted.
        context.Exception is ClientDisconnectedException or ConnectionResetException or ConnectionAbortedException
        || (context.HttpContext.RequestAborted.IsCancellationRequested
            && context.Exception is OperationCanceledException or IOException);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Client closed connection: stream {StreamId}, last sequence {Sequence}")]
        public static partial void ClientClosedConnection(ILogger logger, string streamId, long sequence);
    }
}
