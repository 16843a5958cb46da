using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Infrastructure.Stores.PostgreSql.Retention;
using SseStreaming.Infrastructure.Stores.PostgreSql.Schema;
using SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

internal static class PostgreSqlRegistration
{
    /// <summary>
    /// Adds <see cref="PostgreSqlEventStreamStore"/> and <see cref="PostgreSqlCluster"/>, whose listener needs an
    /// <see cref="IRemoteAppendListener"/>. The start of the host makes or upgrades the schema.
    /// </summary>
    /// <exception cref="OptionsValidationException">The connection string is missing or malformed.</exception>
    public static IServiceCollection AddPostgreSqlStore(this IServiceCollection services, IConfiguration configuration)
    {
        var connectionString = configuration.GetConnectionString("PostgreSql");
        if (string.IsNullOrWhiteSpace(connectionString))
            throw Invalid("is missing, but the PostgreSql store needs it.");
        try
        {
            PostgreSqlConnectionSettings.Create(connectionString);
        }
        catch (ArgumentException exception)
        {
            throw Invalid($"is malformed: {exception.Message}");
        }

        services.AddSingleton<StoreOutageLog>();
        services.AddSingleton(provider => new PostgreSqlDatabase(connectionString, provider.GetRequiredService<StoreOutageLog>()));
        services.AddSingleton(PostgreSqlSchemaMigrator.Migrations);
        services.AddSingleton<PostgreSqlSchemaMigrator>();
        services.AddSingleton<IHostedService, PostgreSqlStartup>();

        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<NodeLease>();
        services.AddSingleton<PostgreSqlCapacity>();
        services.AddSingleton<UnconfirmedCreates>();
        services.AddSingleton<PostgreSqlGroupWriter>();
        services.AddSingleton<PostgreSqlEventStreamStore>();

        services.AddSingleton<NoticeQueue>();
        services.AddSingleton<ViewerReports>();
        services.AddSingleton<PostgreSqlCluster>();
        services.AddHostedService<PostgreSqlListener>();
        return services;
    }

    private static OptionsValidationException Invalid(string reason) =>
        new(PostgreSqlStartup.Setting, typeof(string), [$"{PostgreSqlStartup.Setting} {reason}"]);
}
