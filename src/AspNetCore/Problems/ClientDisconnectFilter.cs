using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Mvc.Filters;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Problems;

/// <summary>
/// Logs a client that disconnected once and without a stack trace. An event stream ends without an exception then, and sets
/// <see cref="ClientDisconnect"/>; an exception that cut off other work is marked as handled. Other exceptions pass: handled ones would
/// end a response that has started as if it were complete.
/// </summary>
internal sealed partial class ClientDisconnectFilter(ILogger<ClientDisconnectFilter> logger) : IExceptionFilter, IResultFilter
{
    public void OnResultExecuting(ResultExecutingContext context)
    {
        if (context.HttpContext.Features.Get<ClientDisconnect>() is not null)
            LogDisconnect(context.HttpContext);
    }

    public void OnResultExecuted(ResultExecutedContext context)
    {
    }

    public void OnException(ExceptionContext context)
    {
        if (!IsDisconnect(context))
            return;

        // Otherwise Kestrel reads the rest of the body, and logs an error.
        if (IsConnectionError(context.Exception))
            context.HttpContext.Abort();

        context.HttpContext.Features.Set(ClientDisconnect.Instance);
        LogDisconnect(context.HttpContext);
        context.ExceptionHandled = true;
    }

    private void LogDisconnect(HttpContext context)
    {
        var viewer = context.Features.Get<StreamViewer>();
        var streamId = viewer?.StreamId.ToString()
            ?? (StreamId.TryParse(context.GetRouteValue("id") as string, out var id) ? id.ToString() : "-");
        Log.ClientClosedConnection(logger, streamId, viewer?.Position ?? 0);
    }

    private static bool IsDisconnect(ExceptionContext context) =>
        context.Exception is ClientDisconnectedException
        || IsConnectionError(context.Exception)
        || (context.HttpContext.RequestAborted.IsCancellationRequested
            && context.Exception is OperationCanceledException or IOException);

    /// <summary>A read of the body often fails with the connection's exception before the request is marked as aborted.</summary>
    private static bool IsConnectionError(Exception exception) =>
        exception is ConnectionResetException or ConnectionAbortedException
            or OperationCanceledException { InnerException: ConnectionResetException or ConnectionAbortedException };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Client closed connection: stream {StreamId}, last sequence {Sequence}")]
        public static partial void ClientClosedConnection(ILogger logger, string streamId, long sequence);
    }
}
