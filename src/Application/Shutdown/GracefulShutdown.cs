using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Viewers;

namespace SseStreaming.Application.Shutdown;

/// <summary>
/// Drains the server before anything of it stops: it still listens, serves, holds its lease and hears the other nodes meanwhile.
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
    /// <summary>How long viewers have to be told how their streams ended. Who reads needs a few milliseconds.</summary>
    private static readonly TimeSpan FinalDeliveryTime = TimeSpan.FromSeconds(1);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        drain.Begin();
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(drain.ForceStopToken, cancellationToken);
        try
        {
            if (options.Value.DrainTime > TimeSpan.Zero && runner.Unfinished.Count > 0)
                await DrainAsync(cut.Token);
        }
        finally
        {
            // For the generations of other nodes: their viewers come back there.
            viewers.RetainAll(static _ => { });
            await drain.ShutDownAsync();
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DrainAsync(CancellationToken cut)
    {
        var begun = time.GetTimestamp();
        Log.Draining(logger, runner.Unfinished.Count, viewers.Total, options.Value.DrainTime);
        using var drained = CancellationTokenSource.CreateLinkedTokenSource(cut);
        var moving = RedirectViewersAsync(drained.Token);
        await WaitAsync(runner.WhenFinishedAsync(), options.Value.DrainTime, cut);
        var left = runner.Unfinished.Count;
        if (!cut.IsCancellationRequested)
        {
            runner.InterruptAll();
            // A store that can't be asked is not waited for by a generation that is interrupted.
            await WaitAsync(runner.WhenEndedAsync(), Timeout.InfiniteTimeSpan, cut);
            await WaitAsync(viewers.WhenEmptyAsync(), FinalDeliveryTime, cut);
        }
        await drained.CancelAsync();
        await moving;
        Log.Drained(logger, time.GetElapsedTime(begun).TotalSeconds, left);
    }

    /// <summary>
    /// Sends the viewers to the other nodes, if there are any: early, so that they go one by one, and the generations go on here.
    /// Where nobody else could serve them they stay, and see the end.
    /// </summary>
    private async Task RedirectViewersAsync(CancellationToken drained)
    {
        if (!await cluster.HasOthersAsync(drained))
            return;
        // Nobody's grace begins before they had the time to be back.
        var held = viewers.RetainAll(cluster.ViewersChanged);
        Log.Redirecting(logger, viewers.Total);
        await drain.RedirectViewersAsync();
        await Task.Delay(drain.ReconnectWindow, time, drained).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // When the drain ends before that, the viewers of other nodes' generations are still on their way.
        if (!drained.IsCancellationRequested)
            held.ForEach(hold => hold.Dispose());
    }

    private async Task WaitAsync(Task done, TimeSpan limit, CancellationToken cut) =>
        await done.WaitAsync(limit, time, cut).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information,
            "Draining: {Generations} generations, {Viewers} viewers here, for {DrainTime} at the most; a further signal ends that at once")]
        public static partial void Draining(ILogger logger, int generations, int viewers, TimeSpan drainTime);

        [LoggerMessage(2, LogLevel.Information, "Sending {Viewers} viewers to the other nodes")]
        public static partial void Redirecting(ILogger logger, int viewers);

        [LoggerMessage(3, LogLevel.Information, "Drained in {Seconds:0.0} s; {Generations} generations had not ended by then, and are interrupted")]
        public static partial void Drained(ILogger logger, double seconds, int generations);
    }
}
