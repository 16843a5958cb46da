using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Infrastructure.Stores.PostgreSql.Retention;
using SseStreaming.Infrastructure.Stores.PostgreSql.Schema;
using SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

internal static class PostgreSqlRegistration
{
    /// <summary>
    /// Adds the store, its cluster and the listener, which needs an <see cref="IRemoteAppendListener"/>, and what makes the schema
    /// when the host starts.
    /// </summary>
    /// <exception cref="OptionsValidationException">The connection string is missing or malformed.</exception>
    public static IServiceCollection AddPostgreSqlStore(this IServiceCollection services, IConfiguration configuration)
    {
        var connectionString = configuration.GetConnectionString("PostgreSql");
        if (string.IsNullOrWhiteSpace(connectionString))
            throw Invalid("is missing, which the store PostgreSql needs.");
        try
        {
            PostgreSqlConnectionSettings.Complete(connectionString);
        }
        catch (ArgumentException exception)
        {
            throw Invalid($"is malformed: {exception.Message}");
        }

        services.AddSingleton(_ => new PostgreSqlDatabase(connectionString));
        services.AddSingleton(provider => new PostgreSqlSchemaMigrator(
            provider.GetRequiredService<PostgreSqlDatabase>(), Migration.All, provider.GetRequiredService<ILogger<PostgreSqlSchemaMigrator>>()));
        services.AddSingleton<IHostedService, PostgreSqlStartup>();

        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<NodeLease>();
        services.AddSingleton<PostgreSqlRetentionStatements>();
        services.AddSingleton<PostgreSqlCapacity>();
        services.AddSingleton<UnconfirmedCreates>();
        services.AddSingleton<PostgreSqlGroupWriter>();
        services.AddSingleton<PostgreSqlEventStreamStore>();

        services.AddSingleton<NoticeQueue>();
        services.AddSingleton<ViewerReports>();
        services.AddSingleton<PostgreSqlCluster>();
        services.AddSingleton<PostgreSqlListener>();
        services.AddHostedService(provider => provider.GetRequiredService<PostgreSqlListener>());
        return services;
    }

    private static OptionsValidationException Invalid(string fault) =>
        new(PostgreSqlStartup.Setting, typeof(string), [$"{PostgreSqlStartup.Setting} {fault}"]);
}
