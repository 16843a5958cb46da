using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Common;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>
/// Receives the notifications of the other nodes on its own connection. Each time that connection is replaced, it queries the database
/// for what it may have missed.
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
    /// How often it queries the database without a notification. That limits the effect of a lost one, and detects a connection whose
    /// other end vanished.
    /// </summary>
    private static readonly TimeSpan CatchUpInterval = TimeSpan.FromSeconds(10);

    private static readonly ClusterNotice HandedOver = new(ClusterNoticeKind.StreamsHandedOver, default);

    /// <summary>With jitter, so that not all nodes reconnect at the same moment.</summary>
    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1), Jitter: 0.5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var attempt = 0; !stoppingToken.IsCancellationRequested; attempt++)
        {
            try
            {
                await using var connection = await database.OpenListeningAsync(stoppingToken);
                connection.Notification += (_, notification) => Receive(notification.Payload);
                await ListenAsync(connection, stoppingToken);
                Log.Listening(logger);
                attempt = 0;
                await WaitForNotificationsAsync(connection, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (PostgreSqlFaults.IsTransient(exception))
            {
                database.RecordFault(exception);
            }
            catch (Exception exception)
            {
                Log.Broken(logger, exception);
            }
            await Task.Delay(Backoff.GetDelay(attempt), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using (var listen = connection.Command($"listen {NotificationPayload.Channel}"))
            await listen.ExecuteNonQueryAsync(cancellationToken);
        // Notifications arrive from here on, so the queries below find everything before them.
        if (lease.OwnerId is { } ownerId)
        {
            foreach (var streamKey in await PostgreSqlClusterStatements.FindOpenAsync(connection, ownerId, cancellationToken))
                notices.Add(new ClusterNotice(ClusterNoticeKind.ViewersChanged, streamKey.ToStreamId()));
        }
        await CatchUpAsync(connection, cancellationToken);
    }

    private async Task WaitForNotificationsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var caughtUp = time.GetTimestamp();
        while (true)
        {
            var remaining = CatchUpInterval - time.GetElapsedTime(caughtUp);
            if (remaining > TimeSpan.Zero && await connection.WaitAsync(remaining, cancellationToken))
                continue;
            await CatchUpAsync(connection, cancellationToken);
            caughtUp = time.GetTimestamp();
        }
    }

    private async Task CatchUpAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var ownerId = lease.OwnerId ?? Guid.Empty;
        if (await PostgreSqlClusterStatements.HasHandedOverAsync(connection, ownerId, cancellationToken))
            notices.Add(HandedOver);
        foreach (var streamKey in await PostgreSqlClusterStatements.FindToStopAsync(connection, ownerId, cancellationToken))
            notices.Add(new ClusterNotice(ClusterNoticeKind.StopRequested, streamKey.ToStreamId()));
        remoteAppends.NotificationsMissed();
    }

    private void Receive(string payload)
    {
        if (NotificationPayload.IsHandedOver(payload, lease.NodeTag))
            notices.Add(HandedOver);
        else if (NotificationPayload.ParseNotice(payload) is not { } notice)
            ReceiveStreams(payload);
        else if (notice.OwnerId == lease.OwnerId)
            notices.Add(notice.Notice);
    }

    private void ReceiveStreams(string payload)
    {
        NotificationPayload.ParseAppended(payload, lease.NodeTag, remoteAppends.Appended);
        NotificationPayload.ParseForgotten(payload, lease.NodeTag, remoteAppends.Forgotten);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Listening to the other nodes through PostgreSQL")]
        public static partial void Listening(ILogger logger);

        [LoggerMessage(2, LogLevel.Warning, "The connection that listens to the other nodes broke; it is opened again")]
        public static partial void Broken(ILogger logger, Exception exception);
    }
}
