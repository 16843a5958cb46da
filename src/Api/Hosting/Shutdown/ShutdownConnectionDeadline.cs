using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Streaming;
using SseStreaming.Application.Shutdown;

namespace SseStreaming.Api.Hosting.Shutdown;

/// <summary>
/// When the server stops, and has drained, connections have a moment to end by themselves, and are cut then: a single client that does not read
/// what was sent to it would hold the stop for the 30 s of the host's patience.
/// </summary>
internal sealed class ShutdownConnectionDeadline : IDisposable
{
    private readonly CancellationTokenSource _passed;

    public ShutdownConnectionDeadline(Drain drain, IOptions<SseOptions> options, TimeProvider time)
    {
        _passed = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        drain.ShutdownToken.Register(() => _passed.CancelAfter(options.Value.StopDeadline));
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
