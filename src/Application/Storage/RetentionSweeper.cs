using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Writing;

namespace SseStreaming.Application.Storage;

/// <summary>Drops the streams whose retention has elapsed, periodically.</summary>
internal sealed partial class RetentionSweeper(
    IEventStreamStore store, ExternalWriters writers, IOptions<StreamsOptions> options, TimeProvider time, ILogger<RetentionSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan MaxPeriod = TimeSpan.FromMinutes(1);

    /// <summary>An expired stream is unknown at once, but a node whose clock is behind may still renew it.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var period = TimeSpan.FromTicks(Math.Min(MaxPeriod.Ticks, options.Value.Retention.Ticks));
        using var timer = new PeriodicTimer(period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var dropped = await store.DropExpiredAsync(stoppingToken) + await ForgetExpiredAsync(stoppingToken);
                if (dropped > 0)
                    Log.Dropped(logger, dropped);
            }
            catch (StoreUnavailableException)
            {
                // Dropped at the next tick.
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, exception);
            }
        }
    }

    /// <summary>Drops the streams whose own time has come, as a client drops one: they may be open, and cached.</summary>
    private async Task<int> ForgetExpiredAsync(CancellationToken cancellationToken)
    {
        for (var dropped = 0; ;)
        {
            var expired = await store.FindExpiredAsync(time.GetUtcNow() - ClockTolerance, cancellationToken);
            foreach (var streamId in expired)
            {
                await store.ForgetAsync(streamId, cancellationToken);
                writers.Release(streamId);
            }
            dropped += expired.Count;
            if (expired.Count == 0)
                return dropped;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Dropped {Streams} streams whose retention had elapsed")]
        public static partial void Dropped(ILogger logger, int streams);

        [LoggerMessage(2, LogLevel.Error, "Expired streams could not be dropped")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
