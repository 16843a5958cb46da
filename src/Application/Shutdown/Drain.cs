using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace SseStreaming.Application.Shutdown;

/// <summary>
/// The progress of a server's shutdown. First it drains: no new generation begins, and running ones may finish. Then all viewers are
/// disconnected.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer needs no disposal, and its token may be read at any time.")]
internal sealed class Drain(IOptions<StreamsOptions> options, TimeProvider time)
{
    private readonly CancellationTokenSource _viewerShutdown = new();
    private readonly CancellationTokenSource _shutdown = new();
    private readonly CancellationTokenSource _forceStop = new();
    private long _lastRedirect;
    private volatile bool _hasBegun;

    /// <summary>True when no new generation may begin.</summary>
    public bool HasBegun => _hasBegun;

    /// <summary>
    /// Cancelled when a viewer that connects now has to disconnect. A viewer that was redirected and reaches this server again stays
    /// until the shutdown, because a load balancer notices a draining server late.
    /// </summary>
    public CancellationToken ViewerShutdownToken => HasRedirectedViewers ? _shutdown.Token : _viewerShutdown.Token;

    /// <summary>True when the viewers have been disconnected, either to reconnect to another node or because of the shutdown.</summary>
    public bool HasRedirectedViewers => _viewerShutdown.IsCancellationRequested;

    /// <summary>Cancelled when the last viewers have to disconnect.</summary>
    public CancellationToken ShutdownToken => _shutdown.Token;

    /// <summary>Cancelled when a further signal ends the drain at once.</summary>
    public CancellationToken ForceStopToken => _forceStop.Token;

    /// <summary>Maximum time until redirected viewers have reconnected: their retry delay, and as long again to connect.</summary>
    internal TimeSpan ReconnectWindow => options.Value.DrainSpread * 2;

    /// <summary>How much longer a redirected viewer may take to reconnect.</summary>
    internal TimeSpan RemainingReconnectWindow
    {
        get
        {
            var last = Volatile.Read(ref _lastRedirect);
            var left = last == 0 ? TimeSpan.Zero : ReconnectWindow - time.GetElapsedTime(last);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>
    /// A random delay until a client retries, so that clients don't retry at the same time. It is at least a quarter of the maximum,
    /// because a client keeps this interval while it gets no response.
    /// </summary>
    public TimeSpan NextRetryDelay() => options.Value.DrainSpread * (0.25 + (0.75 * Random.Shared.NextDouble()));

    /// <summary>The retry delay of a viewer that is disconnected now; starts its reconnect window.</summary>
    public TimeSpan RedirectViewer()
    {
        Volatile.Write(ref _lastRedirect, time.GetTimestamp());
        return NextRetryDelay();
    }

    /// <summary>Ends the drain at once.</summary>
    public void ForceStop() => _ = _forceStop.CancelAsync();

    internal void Begin() => _hasBegun = true;

    /// <summary>Disconnects the current viewers.</summary>
    internal Task RedirectViewersAsync() => _viewerShutdown.CancelAsync();

    /// <summary>Disconnects all viewers.</summary>
    internal async Task ShutDownAsync()
    {
        Begin();
        await RedirectViewersAsync();
        await _shutdown.CancelAsync();
    }
}
