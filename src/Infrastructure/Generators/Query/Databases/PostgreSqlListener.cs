using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Npgsql;
using SseStreaming.Infrastructure.Generators.Query.Polling;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>Hears the notifications of one channel over a connection of its own, which it makes anew when it breaks.</summary>
internal sealed partial class PostgreSqlListener(string connectionString, string channel, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastBackoff = TimeSpan.FromSeconds(30);

    /// <summary>Notices within about this time that the other side has gone without a word. In seconds.</summary>
    private const int KeepAlive = 30;

    private readonly string _connectionString =
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = KeepAlive }.ConnectionString;

    /// <summary>Rings for each notification, and whenever some may have been missed. Runs until it is cancelled.</summary>
    public async Task ListenAsync(RowSignal signal, CancellationToken cancellationToken)
    {
        var backoff = FirstBackoff;
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(_connectionString);
                connection.Notification += (_, _) => signal.Notify();
                await connection.OpenAsync(cancellationToken);
                await SubscribeAsync(connection, cancellationToken);
                backoff = FirstBackoff;
                // What came before there was anybody to hear it.
                signal.Notify();
                while (true)
                    await connection.WaitAsync(cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                // Until then rows are found at the interval.
                Log.Broken(logger, QueryFault.GetCause(exception), backoff);
            }
            await Task.Delay(backoff, time, cancellationToken);
            backoff = backoff * 2 < LastBackoff ? backoff * 2 : LastBackoff;
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
        [LoggerMessage(1, LogLevel.Warning, "The connection that listens for notifications broke ({Cause}); it is made again in {Delay}")]
        public static partial void Broken(ILogger logger, string cause, TimeSpan delay);
    }
}
