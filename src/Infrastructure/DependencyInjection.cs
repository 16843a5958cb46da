using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Generators;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.Infrastructure.Stores.HotTail;
using SseStreaming.Infrastructure.Stores.Memory;
using SseStreaming.Infrastructure.Stores.PostgreSql;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Infrastructure.Stores.Sqlite;
using SseStreaming.Infrastructure.Stores.Sqlite.Cluster;

namespace SseStreaming.Infrastructure;

/// <summary>Registers the adapters of this library.</summary>
public static class DependencyInjection
{
    /// <summary>Adds the store, the signal and the generators of the configuration.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<InProcessSignal>();
        services.AddSingleton<IStreamSignal>(provider => provider.GetRequiredService<InProcessSignal>());
        services.AddStore(configuration);

        services.AddGenerators(configuration);
        return services;
    }

    private static void AddStore(this IServiceCollection services, IConfiguration configuration)
    {
        const string setting = "Store";
        var name = configuration[setting] is { Length: > 0 } configured ? configured : nameof(StoreKind.Sqlite);
        if (!Enum.TryParse<StoreKind>(name, ignoreCase: true, out var kind) || !Enum.IsDefined(kind))
            throw new OptionsValidationException(setting, typeof(StoreKind),
                [$"{setting} is '{name}', but must be one of {string.Join(", ", Enum.GetNames<StoreKind>())}."]);

        switch (kind)
        {
            case StoreKind.Memory:
                services.AddSingleton<MemoryEventStreamStore>();
                services.AddSingleton<IEventStreamStore>(provider => provider.GetRequiredService<MemoryEventStreamStore>());
                services.AddSingleton<IStreamCluster, MemoryCluster>();
                break;
            case StoreKind.Sqlite:
                services.AddSqliteStore(configuration);
                services.AddHotTail<SqliteEventStreamStore>();
                services.AddSingleton<IStreamCluster>(provider => provider.GetRequiredService<SqliteCluster>());
                break;
            default:
                services.AddPostgreSqlStore(configuration);
                services.AddHotTail<PostgreSqlEventStreamStore>();
                services.AddSingleton<IStreamCluster>(provider => provider.GetRequiredService<PostgreSqlCluster>());
                break;
        }
    }

    private static void AddHotTail<TStore>(this IServiceCollection services)
        where TStore : class, IEventStreamStore
    {
        services.AddValidatedOptions<HotTailOptions>(HotTailOptions.Section);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<HotTailStore>(provider, provider.GetRequiredService<TStore>()));
        services.AddSingleton<IEventStreamStore>(provider => provider.GetRequiredService<HotTailStore>());
        services.AddSingleton<IRemoteAppendListener>(provider => provider.GetRequiredService<HotTailStore>());
    }

    private enum StoreKind
    {
        Sqlite,
        Memory,
        PostgreSql,
    }
}
