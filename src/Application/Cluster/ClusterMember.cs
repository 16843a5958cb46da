using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Viewers;
using SseStreaming.Domain;

namespace SseStreaming.Application.Cluster;

/// <summary>
/// This node's part among those that share a store: it renews its lease, closes what nodes left open that are gone, does what
/// others ask for, and tells them of its viewers.
/// </summary>
internal sealed partial class ClusterMember(
    IStreamCluster cluster,
    IEventStreamStore store,
    IStreamSignal signal,
    GenerationRunner runner,
    ViewerRegistry viewers,
    Drain drain,
    IOptions<StreamsOptions> options,
    StreamMetrics metrics,
    TimeProvider time,
    ILogger<ClusterMember> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<StreamId, byte> _toReport = new();
    private readonly SemaphoreSlim _reportsWaiting = new(0, 1);
    private readonly List<StreamRecord> _toClose = [];

    /// <summary>Asks the node that runs a generation to stop it.</summary>
    public ValueTask RequestStopAsync(StreamId streamId, CancellationToken cancellationToken) =>
        cluster.RequestStopAsync(streamId, cancellationToken);

    /// <summary>How many viewers a stream has on the other nodes.</summary>
    public ValueTask<int> CountViewersElsewhereAsync(StreamId streamId, CancellationToken cancellationToken) =>
        cluster.CountViewersElsewhereAsync(streamId, cancellationToken);

    /// <summary>
    /// Has whoever runs the generation look at its viewers: another node is told how many there are here. Returns at once; several
    /// calls may be told as one.
    /// </summary>
    public void ViewersChanged(StreamId streamId)
    {
        if (runner.Find(streamId) is { } generation)
        {
            generation.ViewersChanged();
            return;
        }
        _toReport[streamId] = 0;
        WakeReporter();
    }

    /// <summary>True if another node could serve the viewers of this one; as far as is known, when the store can't be asked.</summary>
    public async Task<bool> HasOthersAsync(CancellationToken cancellationToken)
    {
        var others = false;
        await TryAsync(async token => others = await cluster.HasOthersAsync(token), cancellationToken);
        return others;
    }

    /// <summary>Joins, and closes what an earlier process left open, before the first request comes.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await cluster.RenewAsync(cancellationToken);
        await CloseOrphansAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // Somebody may just have come, and been sent away again, before the others were told.
        if (drain.RemainingReconnectWindow > TimeSpan.Zero)
            await ReportAllAsync(cancellationToken);
        await TryAsync(token => cluster.LeaveAsync(drain.RemainingReconnectWindow, token), cancellationToken);
    }

    public override void Dispose()
    {
        _reportsWaiting.Dispose();
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
            await TryAsync(CloseOrphansAsync, stoppingToken);
        }
    }

    private async ValueTask CloseOrphansAsync(CancellationToken cancellationToken)
    {
        _toClose.AddRange(await cluster.TakeOverAsync(cancellationToken));
        while (_toClose.Count > 0)
        {
            var orphan = _toClose[^1];
            var end = EventBatch.Create(orphan.Head.Id, orphan.Extent.Last + 1, EventData.Interrupted(orphan.Segments, orphan.Characters));
            // Refused means that somebody else has closed it: just as well.
            if (await store.AppendAsync(end, cancellationToken) is AppendResult.Appended)
                metrics.StreamClosed(orphan.Head.Source, EventKind.Failed, ProblemTypes.Interrupted);
            signal.Notify(orphan.Head.Id);
            Log.OrphanClosed(logger, orphan.Head.Id);
            _toClose.RemoveAt(_toClose.Count - 1);
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        await foreach (var notice in cluster.ListenAsync(stoppingToken))
        {
            if (notice.Kind is ClusterNoticeKind.StopRequested)
                runner.Find(notice.StreamId)?.Stop(StopReason.Requested);
            else
                runner.Find(notice.StreamId)?.ViewersChanged();
        }
    }

    private async Task ReportAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _reportsWaiting.WaitAsync(stoppingToken);
            // Only what failed waits. Those who came meanwhile have woken this again.
            if (!await ReportAllAsync(stoppingToken))
            {
                await Task.Delay(options.Value.Lease / 3, time, stoppingToken);
                WakeReporter();
            }
        }
    }

    /// <summary>Tells of all that waits, at once; false if something is left to tell again.</summary>
    private async Task<bool> ReportAllAsync(CancellationToken cancellationToken) =>
        Array.TrueForAll(await Task.WhenAll(_toReport.Keys.Select(streamId => ReportAsync(streamId, cancellationToken))), isTold => isTold);

    private async Task<bool> ReportAsync(StreamId streamId, CancellationToken cancellationToken)
    {
        // Taken before the count is, so that a change in between is reported once more.
        _toReport.TryRemove(streamId, out _);
        var isTold = await TryAsync(token => cluster.ReportViewersAsync(streamId, viewers.Count(streamId), token), cancellationToken);
        if (!isTold)
            _toReport.TryAdd(streamId, 0);
        return isTold;
    }

    private void WakeReporter()
    {
        try
        {
            if (_reportsWaiting.CurrentCount == 0)
                _reportsWaiting.Release();
        }
        // Somebody else woke it at the same time; or there is nothing left to wake.
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
        }
    }

    /// <summary>False if the store could not be asked; what was to be done is then done at the next turn.</summary>
    private async Task<bool> TryAsync(Func<CancellationToken, ValueTask> action, CancellationToken cancellationToken)
    {
        try
        {
            await action(cancellationToken);
            return true;
        }
        catch (StoreUnavailableException exception)
        {
            Log.StoreUnavailable(logger, exception.Message);
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever asked does not wait any longer.
            return false;
        }
        catch (Exception exception)
        {
            // A node that no longer renews its lease, for whatever reason, loses all that it runs.
            Log.Faulted(logger, exception);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Stream {StreamId} was left open by a server that is gone; it was closed as interrupted")]
        public static partial void OrphanClosed(ILogger logger, StreamId streamId);

        [LoggerMessage(2, LogLevel.Warning, "The store can't be asked: {Reason}")]
        public static partial void StoreUnavailable(ILogger logger, string reason);

        [LoggerMessage(3, LogLevel.Error, "What this node does for the others failed; it is tried again")]
        public static partial void Faulted(ILogger logger, Exception exception);
    }
}
