using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Npgsql;
using SseStreaming.Application.Common;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>Receives the notifications of one PostgreSQL channel on a connection of its own, and reconnects when it breaks.</summary>
internal sealed partial class ChannelListener(string connectionString, string channel, TimeProvider time, ILogger logger)
{
    /// <summary>Detects a dead connection within about this time. In seconds.</summary>
    private const int KeepAlive = 30;

    private static readonly Backoff ReconnectDelay = new(First: TimeSpan.FromMilliseconds(500), Maximum: TimeSpan.FromSeconds(30));

    private readonly string _connectionString =
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = KeepAlive }.ConnectionString;

    /// <summary>Notifies of each notification, and whenever some may have been missed. Runs until it is cancelled.</summary>
    public async Task ListenAsync(RowSignal signal, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(_connectionString);
                connection.Notification += (_, _) => signal.Notify();
                await connection.OpenAsync(cancellationToken);
                await SubscribeAsync(connection, cancellationToken);
                attempt = 0;
                // Notifications before the subscription were missed.
                signal.Notify();
                while (true)
                    await connection.WaitAsync(cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                var delay = ReconnectDelay.GetDelay(attempt);
                Log.Broken(logger, QueryFault.GetCause(exception), delay);
                await Task.Delay(delay, time, cancellationToken);
            }
        }
    }

    [SuppressMessage("Security", "CA2100", Justification = "The channel's name comes from the configuration, and is quoted.")]
    private async Task SubscribeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"LISTEN \"{channel.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The connection that listens for notifications broke ({Cause}); the next attempt is in {Delay}, until then rows are read at the interval")]
        public static partial void Broken(ILogger logger, string cause, TimeSpan delay);
    }
}
