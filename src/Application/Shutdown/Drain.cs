using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace SseStreaming.Application.Shutdown;

/// <summary>
/// How far this server is on its way out. First it drains: nothing new begins, and what runs may end. Then it is over, and
/// everybody leaves.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing, and may be looked at to the very end.")]
public sealed class Drain(IOptions<StreamsOptions> options, TimeProvider time)
{
    private readonly CancellationTokenSource _viewerShutdown = new();
    private readonly CancellationTokenSource _shutdown = new();
    private readonly CancellationTokenSource _forceStop = new();
    private long _lastRedirect;
    private volatile bool _hasBegun;

    /// <summary>True from the moment on that nothing new begins.</summary>
    public bool HasBegun => _hasBegun;

    /// <summary>
    /// Cancelled when a viewer that comes now is to leave. Who was sent to the other nodes and comes back here instead is served to
    /// the end: a balancer takes its time to notice.
    /// </summary>
    public CancellationToken ViewerShutdownToken => HasRedirectedViewers ? _shutdown.Token : _viewerShutdown.Token;

    /// <summary>True when the viewers that were here have been told to leave, be it for another node or because all is over.</summary>
    public bool HasRedirectedViewers => _viewerShutdown.IsCancellationRequested;

    /// <summary>Cancelled when the last viewers are to leave.</summary>
    public CancellationToken ShutdownToken => _shutdown.Token;

    /// <summary>Cancelled when somebody does not want to wait any longer.</summary>
    public CancellationToken ForceStopToken => _forceStop.Token;

    /// <summary>How long it takes those who are sent away to be back, at the most: what they wait, and as long again to get through.</summary>
    internal TimeSpan ReconnectWindow => options.Value.DrainSpread * 2;

    /// <summary>For how much longer somebody who was sent away may be on the way.</summary>
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
    /// How long a client is to wait before it asks again: each differently, so that they don't come at once. Not less than a quarter of
    /// the span, for a client goes on to ask at this interval while nobody answers.
    /// </summary>
    public TimeSpan NextRetryDelay() => options.Value.DrainSpread * (0.25 + (0.75 * Random.Shared.NextDouble()));

    /// <summary>The same for a viewer, who is on the way from now on.</summary>
    public TimeSpan RedirectViewer()
    {
        Volatile.Write(ref _lastRedirect, time.GetTimestamp());
        return NextRetryDelay();
    }

    /// <summary>Ends the waiting, at once.</summary>
    public void ForceStop() => _ = _forceStop.CancelAsync();

    internal void Begin() => _hasBegun = true;

    /// <summary>Has those leave who are here now.</summary>
    internal Task RedirectViewersAsync() => _viewerShutdown.CancelAsync();

    /// <summary>Has everybody leave.</summary>
    internal async Task ShutDownAsync()
    {
        Begin();
        await RedirectViewersAsync();
        await _shutdown.CancelAsync();
    }
}
