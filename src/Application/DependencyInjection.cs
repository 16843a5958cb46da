using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Common;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Limits;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Viewers;
using SseStreaming.Application.Writing;

namespace SseStreaming.Application;

internal static class DependencyInjection
{
    /// <summary>Adds <see cref="ITextStreamService"/>. Infrastructure adds the ports that it needs.</summary>
    public static IServiceCollection AddApplication(this IServiceCollection services)
    {
        services.AddValidatedOptions<StreamsOptions>(StreamsOptions.Section);
        services.AddValidatedOptions<LimitsOptions>(LimitsOptions.Section);
        services.AddValidatedOptions<SourcesOptions>(SourcesOptions.Section);
        services.AddValidatedOptions<ExternalOptions>(ExternalOptions.Section);

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Drain>();
        services.AddSingleton<StreamMetrics>();
        services.AddSingleton<ViewerRegistry>();
        services.AddSingleton<ClientLimits>();
        services.AddSingleton<EventStreamReader>();
        services.AddSingleton<SourceCatalog>();
        services.AddSingleton<GenerationRunner>();
        services.AddSingleton<GenerationContinuer>();
        services.AddSingleton<StreamRenewal>();
        services.AddSingleton<ExternalWriters>();
        services.AddSingleton<StreamTakeOver>();
        services.AddSingleton<ClusterMember>();
        // Hosted services stop in reverse order: the writers first, then the lease that they depend on.
        services.AddHostedService(provider => provider.GetRequiredService<ClusterMember>());
        services.AddHostedService(provider => provider.GetRequiredService<GenerationRunner>());
        services.AddHostedService(provider => provider.GetRequiredService<ExternalWriters>());
        services.AddHostedService<RetentionSweeper>();
        services.AddHostedService<GracefulShutdown>();
        services.AddSingleton<StreamStarter>();
        services.AddSingleton<ITextStreamService, TextStreamService>();
        services.AddSingleton<ExternalStreamCreator>();
        services.AddSingleton<IExternalStreamService, ExternalStreamService>();
        return services;
    }

    /// <summary>Binds options to a configuration section and validates them when the host starts.</summary>
    public static OptionsBuilder<TOptions> AddValidatedOptions<TOptions>(this IServiceCollection services, string section)
        where TOptions : class
    {
        services.AddSingleton<IValidateOptions<TOptions>>(new SettingsValidator<TOptions>(section));
        return services.AddOptions<TOptions>().BindConfiguration(section).ValidateOnStart();
    }
}
