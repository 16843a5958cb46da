using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Mvc.Filters;
using SseStreaming.Api.Streaming;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Api.Problems;

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
        if (IsOfConnection(context.Exception))
            context.HttpContext.Abort();

        var viewer = context.HttpContext.Features.Get<StreamViewer>();
        var stream = viewer?.StreamId.ToString()
            ?? (StreamId.TryParse(context.HttpContext.GetRouteValue("id") as string, out var id) ? id.ToString() : "-");
        Log.ClientClosedConnection(logger, stream, viewer?.Position ?? 0);
        context.HttpContext.Features.Set(new DisconnectLogged());
        context.ExceptionHandled = true;
    }

    private static bool IsDisconnect(ExceptionContext context) =>
        context.Exception is ClientDisconnectedException
        || IsOfConnection(context.Exception)
        || (context.HttpContext.RequestAborted.IsCancellationRequested
            && context.Exception is OperationCanceledException or IOException);

    /// <summary>A read of the body fails with the connection's own exception, often before the request is said to be aborted.</summary>
    private static bool IsOfConnection(Exception exception) =>
        exception is ConnectionResetException or ConnectionAbortedException
            or OperationCanceledException { InnerException: ConnectionResetException or ConnectionAbortedException };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Client closed connection: stream {StreamId}, last sequence {Sequence}")]
        public static partial void ClientClosedConnection(ILogger logger, string streamId, long sequence);
    }
}
