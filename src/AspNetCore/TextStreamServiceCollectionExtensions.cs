using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.AspNetCore;
using SseStreaming.AspNetCore.Auth.Grants;
using SseStreaming.AspNetCore.Doors.Durable;
using SseStreaming.AspNetCore.Doors.OpenAi;
using SseStreaming.AspNetCore.Hosting;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Infrastructure;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds text streams to an application.</summary>
public static class TextStreamServiceCollectionExtensions
{
    /// <summary>
    /// Adds text streams, with the sections <c>Streams</c>, <c>Sse</c>, <c>Sources</c>, <c>Limits</c> and <c>Store</c> of the application's configuration.
    /// <c>MapTextStreams</c> serves them over HTTP.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Sets who owns streams, and whether there are grants.</param>
    /// <returns>The services, to which sources can be added.</returns>
    /// <exception cref="InvalidOperationException">The services have no configuration.</exception>
    public static IServiceCollection AddTextStreams(this IServiceCollection services, Action<TextStreamsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
            services.Configure(configure);
        if (services.Any(service => service.ServiceType == typeof(StreamRouter)))
            return services;

        // Hosted services start in this order and stop in reverse: the store must outlive the application.
        services.AddInfrastructure(FindConfiguration(services));
        services.AddApplication();
        services.AddValidatedOptions<SseOptions>(SseOptions.Section);
        services.AddValidatedOptions<BodyLimit>(BodyLimit.Section);
        services.AddSingleton<IValidateOptions<TextStreamsOptions>, TextStreamsOptionsValidator>();
        services.AddOptions<TextStreamsOptions>().ValidateOnStart();
        services.AddRouting();
        services.AddSingleton<ViewerMetrics>();
        services.AddSingleton<EventStreamFormatter>();
        services.AddSingleton<TextFormatter>();
        services.AddSingleton<AnswerFormatter>();
        services.AddSingleton<DurableStreams>();
        services.AddSingleton<PieceFormatter>();
        services.AddSingleton<GrantSigner>();
        services.AddSingleton<StreamMvc>();
        return services.AddSingleton<StreamRouter>();
    }

    /// <summary>The host builders register their configuration as a factory that ignores its argument.</summary>
    private static IConfiguration FindConfiguration(IServiceCollection services)
    {
        using var none = new ServiceCollection().BuildServiceProvider();
        return services.LastOrDefault(service => service.ServiceType == typeof(IConfiguration)) switch
        {
            { ImplementationInstance: IConfiguration configuration } => configuration,
            { ImplementationFactory: { } create } => (IConfiguration)create(none),
            _ => throw new InvalidOperationException("Text streams read their settings from an IConfiguration, which the services don't have."),
        };
    }
}
