using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using SseStreaming.Application.Cluster;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>
/// Hears what the other nodes do, on a connection of its own. When that breaks it is made anew, and then all that may have been
/// missed is looked up: the requests stand in the database, and readers look again.
/// </summary>
internal sealed partial class PostgreSqlListener(
    PostgreSqlDatabase database,
    NodeLease lease,
    NoticeQueue notices,
    IRemoteAppendListener remoteAppends,
    TimeProvider time,
    ILogger<PostgreSqlListener> logger) : BackgroundService
{
    /// <summary>
    /// A notification that is lost on a connection that holds is not known to happen; this bounds what it would do. It also finds
    /// out a connection whose other end vanished without a word.
    /// </summary>
    private static readonly TimeSpan Backstop = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    private readonly TaskCompletionSource _isListening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it listens for the first time.</summary>
    public Task Listening => _isListening.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = FirstPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenListeningAsync(stoppingToken);
                connection.Notification += (_, notification) => Hear(notification.Payload);
                await ListenAsync(connection, stoppingToken);
                Log.Listening(logger);
                pause = FirstPause;
                await FollowAsync(connection, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.Broken(logger, exception, pause);
            }
            // Not all nodes at the same moment.
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task ListenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using (var listen = connection.Command($"listen {NotificationPayload.Channel}"))
            await listen.ExecuteNonQueryAsync(cancellationToken);
        // From here on everything is heard; what came before is looked up.
        if (lease.Current is { } me)
        {
            foreach (var stream in await PostgreSqlClusterStatements.FindOpenAsync(connection, me, cancellationToken))
                notices.Add(new ClusterNotice(ClusterNoticeKind.ViewersChanged, stream.ToStreamId()));
        }
        await CatchUpAsync(connection, cancellationToken);
        _isListening.TrySetResult();
    }

    private async Task FollowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var caughtUp = time.GetTimestamp();
        while (true)
        {
            var left = Backstop - time.GetElapsedTime(caughtUp);
            if (left > TimeSpan.Zero && await connection.WaitAsync(left, cancellationToken))
                continue;
            await CatchUpAsync(connection, cancellationToken);
            caughtUp = time.GetTimestamp();
        }
    }

    private async Task CatchUpAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var stream in await PostgreSqlClusterStatements.FindToStopAsync(connection, lease.Current ?? Guid.Empty, cancellationToken))
            notices.Add(new ClusterNotice(ClusterNoticeKind.StopRequested, stream.ToStreamId()));
        remoteAppends.NotificationsMissed();
    }

    private void Hear(string payload)
    {
        if (NotificationPayload.ReadNotice(payload) is not { } notice)
            NotificationPayload.ReadAppended(payload, lease.Tag, remoteAppends.Appended);
        else if (notice.Owner == lease.Current)
            notices.Add(notice.Notice);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Listening to the other nodes through PostgreSQL")]
        public static partial void Listening(ILogger logger);

        [LoggerMessage(2, LogLevel.Warning, "The connection that listens to the other nodes broke; trying again in about {Pause}")]
        public static partial void Broken(ILogger logger, Exception exception, TimeSpan pause);
    }
}
