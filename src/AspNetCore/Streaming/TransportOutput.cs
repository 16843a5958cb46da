using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>The output of a connection below TLS and HTTP, which can end in the middle of a response.</summary>
internal sealed class TransportOutput(PipeWriter output, CancellationToken connectionClosed)
{
    public static void Use(ListenOptions endpoint) => endpoint.Use(next => connection =>
    {
        connection.Features.Set(new TransportOutput(connection.Transport.Output, connection.ConnectionClosed));
        return next(connection);
    });

    /// <summary>
    /// The output that the server's endpoint has captured; else that of a connection without TLS. Null if it can't be reached: the output that a request
    /// sees may be that of TLS, which does not close the connection.
    /// </summary>
    public static TransportOutput? Find(HttpContext context) =>
        context.Features.Get<TransportOutput>()
        ?? (context.Features.Get<ITlsHandshakeFeature>() is null
            && context.Features.Get<IConnectionTransportFeature>() is { } connection
            && context.Features.Get<IConnectionLifetimeFeature>() is { } lifetime
            ? new TransportOutput(connection.Transport.Output, lifetime.ConnectionClosed)
            : null);

    /// <summary>Closes the connection when all bytes have been sent, or returns after the deadline. Nothing may be written any more.</summary>
    public async Task CompleteAsync(TimeSpan deadline, TimeProvider time, CancellationToken shutdown)
    {
        await output.CompleteAsync();
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = connectionClosed.UnsafeRegister(static self => ((TaskCompletionSource)self!).TrySetResult(), closed);
        await closed.Task.WaitAsync(deadline, time, shutdown).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
