using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Infrastructure.Stores.Sqlite.Cluster;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

internal static class SqliteRegistration
{
    /// <summary>
    /// Adds <see cref="SqliteEventStreamStore"/> and <see cref="SqliteCluster"/>. The first of them that is resolved opens the
    /// database, which makes or upgrades its schema.
    /// </summary>
    public static IServiceCollection AddSqliteStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<SqliteOptions>(SqliteOptions.Section);
        services.AddSingleton(provider =>
        {
            var folder = configuration[DataFolder.Key] is { Length: > 0 } configured ? configured : DataFolder.Default;
            return SqliteDatabase.Open(
                Path.GetFullPath(folder, provider.GetRequiredService<IHostEnvironment>().ContentRootPath),
                provider.GetRequiredService<IOptions<SqliteOptions>>().Value,
                provider.GetRequiredService<IOptions<StreamsOptions>>().Value,
                provider.GetRequiredService<StoreMetrics>(),
                provider.GetRequiredService<StoreOutageLog>(),
                provider.GetRequiredService<ILogger<SqliteDatabase>>());
        });

        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<StoreOutageLog>();
        services.AddSingleton<SqliteEventStreamStore>();
        services.AddSingleton<SqliteCluster>();
        return services;
    }
}
