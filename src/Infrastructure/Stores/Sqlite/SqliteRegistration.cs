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
    /// <summary>Adds <see cref="SqliteEventStreamStore"/> and <see cref="SqliteCluster"/>, which share a database that opens with the first of them.</summary>
    public static IServiceCollection AddSqliteStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<SqliteOptions>(SqliteOptions.Section);
        services.AddSingleton<StoreMetrics>();
        services.AddSingleton(provider =>
        {
            var folder = configuration[DataFolder.Key] is { Length: > 0 } configured ? configured : DataFolder.Default;
            return SqliteDatabase.Open(
                Path.GetFullPath(folder, provider.GetRequiredService<IHostEnvironment>().ContentRootPath),
                provider.GetRequiredService<IOptions<SqliteOptions>>().Value,
                provider.GetRequiredService<StoreMetrics>(),
                provider.GetRequiredService<ILogger<SqliteDatabase>>());
        });
        services.AddSingleton<SqliteEventStreamStore>();
        services.AddSingleton<SqliteCluster>();
        return services;
    }
}
