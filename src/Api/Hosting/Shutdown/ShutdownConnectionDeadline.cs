using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SseStreaming.Application.Shutdown;

namespace SseStreaming.Api.Hosting.Shutdown;

/// <summary>
/// Closes the connections that are open a second after the server has drained. Otherwise one client that does not read would delay
/// the stop until the host's time-out.
/// </summary>
internal sealed class ShutdownConnectionDeadline : IDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _passed;

    public ShutdownConnectionDeadline(Drain drain, TimeProvider time)
    {
        _passed = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        drain.ShutdownToken.Register(() => _passed.CancelAfter(Delay));
    }

    public static void Use(ListenOptions endpoint)
    {
        var deadline = endpoint.ApplicationServices.GetRequiredService<ShutdownConnectionDeadline>();
        endpoint.Use(next => connection => deadline.RunAsync(next, connection));
    }

    public void Dispose() => _passed.Dispose();

    private async Task RunAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        await using var cut = _passed.Token.UnsafeRegister(
            static connection => ((ConnectionContext)connection!).Abort(new ConnectionAbortedException("The server is stopping.")), connection);
        await next(connection);
    }
}
