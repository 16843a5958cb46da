using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using SseStreaming.Application;
using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Stores.PostgreSql.Schema;
using SseStreaming.Infrastructure.Stores.Schema;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>
/// Makes or upgrades the schema before any other service starts, and stops the start if the database can't be used. A server that
/// starts together with its database waits for it.
/// </summary>
internal sealed class PostgreSqlStartup(
    PostgreSqlSchemaMigrator migrator, IOptions<StreamsOptions> options, TimeProvider time) : IHostedLifecycleService
{
    public const string Setting = "ConnectionStrings:PostgreSql";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            try
            {
                await migrator.MigrateAsync(cancellationToken);
                return;
            }
            catch (StoreUnavailableException exception)
            {
                var reason = exception.InnerException!;
                // A wrong password may be right later on a running server, but at the start it is a wrong setting.
                if (reason is PostgresException { SqlState: ['2', '8', ..] } || time.GetElapsedTime(since) >= options.Value.StorePatience)
                    throw Refuse(reason.Message);
            }
            catch (Exception exception) when (exception is PostgresException or SchemaTooNewException)
            {
                throw Refuse(exception.Message);
            }
            await Task.Delay(RetryDelay, time, cancellationToken);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static OptionsValidationException Refuse(string reason) =>
        new(Setting, typeof(string), [$"{Setting}: the database can't be used. {reason}"]);
}
