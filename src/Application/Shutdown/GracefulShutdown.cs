using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Viewers;

namespace SseStreaming.Application.Shutdown;

/// <summary>
/// Drains the server before any other service stops. During the drain it still listens, serves, renews its lease and listens to the other
/// nodes.
/// </summary>
internal sealed partial class GracefulShutdown(
    Drain drain,
    GenerationRunner runner,
    ViewerRegistry viewers,
    ClusterMember cluster,
    IOptions<StreamsOptions> options,
    TimeProvider time,
    ILogger<GracefulShutdown> logger) : IHostedLifecycleService
{
    /// <summary>How long viewers may take to receive the terminal events. A viewer that reads needs a few milliseconds.</summary>
    private static readonly TimeSpan FinalDeliveryTime = TimeSpan.FromSeconds(1);

    /// <summary>How long other nodes may need to take the streams that were handed over. After it this node leaves them as a dead one would.</summary>
    private static readonly TimeSpan TakeOverTime = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan TakeOverPoll = TimeSpan.FromMilliseconds(50);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        drain.Begin();
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(drain.ForceStopToken, cancellationToken);
        try
        {
            // Also without a generation: requests that are being processed may start one.
            var target = await cluster.FindHandOverTargetAsync(interrupt.Token);
            runner.HandsOver = target is not HandOverTarget.None;
            var movesNow = target is HandOverTarget.OtherNode && runner.Continuable.Count > 0;
            if (movesNow || (options.Value.DrainTime > TimeSpan.Zero && runner.Unfinished.Count > 0))
                await DrainAsync(movesNow, interrupt.Token);
        }
        finally
        {
            // The viewers of other nodes' generations reconnect, so their grace must not begin.
            viewers.RetainAll(static _ => { });
            await drain.ShutDownAsync();
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DrainAsync(bool movesNow, CancellationToken interrupt)
    {
        var begun = time.GetTimestamp();
        Log.Draining(logger, runner.Unfinished.Count, viewers.Total, options.Value.DrainTime);
        using var drained = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        var redirecting = RedirectViewersAsync(drained.Token);
        if (movesNow)
            await HandOverAsync(interrupt);
        await WaitAsync(runner.WhenFinishedAsync(), options.Value.DrainTime, interrupt);
        var unfinished = runner.Unfinished.Count;
        if (!interrupt.IsCancellationRequested)
        {
            runner.InterruptAll();
            // An interrupted generation does not wait for an unavailable store.
            await WaitAsync(runner.WhenEndedAsync(), Timeout.InfiniteTimeSpan, interrupt);
            await WaitAsync(viewers.WhenEmptyAsync(), FinalDeliveryTime, interrupt);
        }
        await drained.CancelAsync();
        await redirecting;
        Log.Drained(logger, time.GetElapsedTime(begun).TotalSeconds, unfinished);
    }

    /// <summary>
    /// Hands over the generations that other nodes can continue, and waits until these have taken them. One that can't be continued where it is
    /// has the drain time to reach its next checkpoint.
    /// </summary>
    private async Task HandOverAsync(CancellationToken interrupt)
    {
        var leaving = runner.Continuable;
        runner.HandOverAll();
        var limit = options.Value.DrainTime > TakeOverTime ? options.Value.DrainTime : TakeOverTime;
        await WaitAsync(Task.WhenAll(leaving.Select(generation => generation.Ended)), limit, interrupt);
        var begun = time.GetTimestamp();
        while (!interrupt.IsCancellationRequested && time.GetElapsedTime(begun) < TakeOverTime && !await cluster.HasHandedOverAllAsync(interrupt))
            await Task.Delay(TakeOverPoll, time, interrupt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>
    /// Redirects the viewers to the other nodes, if there are any, while the generations go on here. Without another node the viewers
    /// stay, and see the end of their streams.
    /// </summary>
    private async Task RedirectViewersAsync(CancellationToken drained)
    {
        if (!await cluster.HasOthersAsync(drained))
            return;
        // No grace begins before the viewers had time to reconnect.
        var retained = viewers.RetainAll(cluster.ViewersChanged);
        Log.Redirecting(logger, viewers.Total);
        await drain.RedirectViewersAsync();
        await Task.Delay(drain.ReconnectWindow, time, drained).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // If the drain ends earlier, the viewers of other nodes' generations have not reconnected yet.
        if (!drained.IsCancellationRequested)
            retained.ForEach(registration => registration.Dispose());
    }

    private async Task WaitAsync(Task done, TimeSpan limit, CancellationToken interrupt) =>
        await done.WaitAsync(limit, time, interrupt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information,
            "Draining for up to {DrainTime}: {Generations} generations, {Viewers} viewers on this node; a further signal ends the drain at once")]
        public static partial void Draining(ILogger logger, int generations, int viewers, TimeSpan drainTime);

        [LoggerMessage(2, LogLevel.Information, "Redirecting {Viewers} viewers to the other nodes")]
        public static partial void Redirecting(ILogger logger, int viewers);

        [LoggerMessage(3, LogLevel.Information, "Drained in {Seconds:0.0} s; {Generations} generations had not ended, and are left to the next process or interrupted")]
        public static partial void Drained(ILogger logger, double seconds, int generations);
    }
}
