using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Viewers;
using SseStreaming.Domain;

namespace SseStreaming.Application.Cluster;

/// <summary>
/// This node's membership in the cluster: it renews its lease, continues or closes the streams of dead nodes, handles the notices of other
/// nodes, and reports its viewers to them.
/// </summary>
internal sealed partial class ClusterMember(
    IStreamCluster cluster,
    StreamTakeOver takeOver,
    GenerationRunner runner,
    ViewerRegistry viewers,
    Drain drain,
    IOptions<StreamsOptions> options,
    TimeProvider time,
    ILogger<ClusterMember> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<StreamId, byte> _viewersToReport = new();
    private readonly SemaphoreSlim _reportSignal = new(0, 1);

    /// <summary>Requests the node that runs a generation to stop it.</summary>
    public ValueTask RequestStopAsync(StreamId streamId, CancellationToken cancellationToken) =>
        cluster.RequestStopAsync(streamId, cancellationToken);

    /// <summary>The number of viewers of a stream on the other nodes.</summary>
    public ValueTask<int> CountViewersElsewhereAsync(StreamId streamId, CancellationToken cancellationToken) =>
        cluster.CountViewersElsewhereAsync(streamId, cancellationToken);

    /// <summary>
    /// Notifies the generation of a change of its viewers. If it runs on another node, the number of viewers on this node is reported
    /// there, at once for several calls. Returns at once.
    /// </summary>
    public void ViewersChanged(StreamId streamId)
    {
        if (runner.Find(streamId) is { HasOtherOwner: false } generation)
        {
            generation.ViewersChanged();
            return;
        }
        _viewersToReport[streamId] = 0;
        WakeReporter();
    }

    /// <summary>True if another node could serve the viewers of this one; false if the store is unavailable.</summary>
    public async Task<bool> HasOthersAsync(CancellationToken cancellationToken)
    {
        var others = false;
        await TryAsync(async token => others = await cluster.HasOthersAsync(token), cancellationToken);
        return others;
    }

    /// <summary>Which node would continue the generations of this one; none if the store is unavailable.</summary>
    public async Task<HandOverTarget> FindHandOverTargetAsync(CancellationToken cancellationToken)
    {
        var target = HandOverTarget.None;
        await TryAsync(async token => target = await cluster.FindHandOverTargetAsync(token), cancellationToken);
        return target;
    }

    /// <summary>True if no stream that this node has handed over still waits for its next node, or the store is unavailable.</summary>
    public async Task<bool> HasHandedOverAllAsync(CancellationToken cancellationToken)
    {
        var left = 0;
        await TryAsync(async token => left = await cluster.CountHandedOverAsync(token), cancellationToken);
        return left == 0;
    }

    /// <summary>Takes a lease, and continues or closes the streams of an earlier process, before the first request.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await cluster.RenewAsync(cancellationToken);
        await takeOver.RunAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // The last viewers may have connected and been redirected before they were reported.
        if (drain.RemainingReconnectWindow > TimeSpan.Zero)
            await ReportAllAsync(cancellationToken);
        await TryAsync(token => cluster.LeaveAsync(drain.RemainingReconnectWindow, token), cancellationToken);
    }

    public override void Dispose()
    {
        _reportSignal.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(KeepLeaseAsync(stoppingToken), ListenAsync(stoppingToken), ReportAsync(stoppingToken));

    private async Task KeepLeaseAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Lease / 3, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await TryAsync(cluster.RenewAsync, stoppingToken);
            await TryAsync(takeOver.RunAsync, stoppingToken);
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        await foreach (var notice in cluster.ListenAsync(stoppingToken))
        {
            if (notice.Kind is ClusterNoticeKind.StopRequested)
                await StopAsync(notice.StreamId, stoppingToken);
            else if (notice.Kind is ClusterNoticeKind.ViewersChanged)
                runner.Find(notice.StreamId)?.ViewersChanged();
            else
                await TryAsync(takeOver.RunAsync, stoppingToken);
        }
    }

    private async Task StopAsync(StreamId streamId, CancellationToken cancellationToken)
    {
        // The request may come while this node takes the stream over: then the generation is found after that.
        if (runner.Find(streamId) is null)
            await TryAsync(takeOver.RunAsync, cancellationToken);
        runner.Find(streamId)?.Stop(StopReason.Requested);
    }

    private async Task ReportAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _reportSignal.WaitAsync(stoppingToken);
            // Only failed reports wait; new changes have released the semaphore again.
            if (!await ReportAllAsync(stoppingToken))
            {
                await Task.Delay(options.Value.Lease / 3, time, stoppingToken);
                WakeReporter();
            }
        }
    }

    /// <summary>Reports all changes in parallel; false if a report has to be repeated.</summary>
    private async Task<bool> ReportAllAsync(CancellationToken cancellationToken) =>
        Array.TrueForAll(await Task.WhenAll(_viewersToReport.Keys.Select(streamId => ReportAsync(streamId, cancellationToken))), isReported => isReported);

    private async Task<bool> ReportAsync(StreamId streamId, CancellationToken cancellationToken)
    {
        // Removed before the count is read, so that a change in between is reported again.
        _viewersToReport.TryRemove(streamId, out _);
        var isReported = await TryAsync(token => cluster.ReportViewersAsync(streamId, viewers.Count(streamId), token), cancellationToken);
        if (!isReported)
            _viewersToReport.TryAdd(streamId, 0);
        return isReported;
    }

    private void WakeReporter()
    {
        try
        {
            if (_reportSignal.CurrentCount == 0)
                _reportSignal.Release();
        }
        // Another thread released it at the same time, or the node has stopped.
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
        }
    }

    /// <summary>Runs an action; false if it failed, and has to be repeated.</summary>
    private async Task<bool> TryAsync(Func<CancellationToken, ValueTask> action, CancellationToken cancellationToken)
    {
        try
        {
            await action(cancellationToken);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops.
            return false;
        }
        catch (Exception exception)
        {
            // The loop must go on: a node that no longer renews its lease loses its generations.
            Log.Faulted(logger, exception);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3, LogLevel.Error, "A cluster task failed; it will be repeated")]
        public static partial void Faulted(ILogger logger, Exception exception);
    }
}
