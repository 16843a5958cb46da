using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Streams;
using SseStreaming.Infrastructure.Generators;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores.Memory;

namespace SseStreaming.Infrastructure;

public static class DependencyInjection
{
    /// <summary>Adds the generators, the store and the signal that the configuration asks for.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IEventStreamStore, MemoryEventStreamStore>();
        services.AddSingleton<IStreamSignal, InProcessSignal>();

        services.AddSingleton<ITextGenerator, LoremGenerator>();
        services.AddDocuments(configuration);
        return services;
    }

    private static void AddDocuments(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(DocumentOptions.Section).Get<DocumentOptions>();
        if (string.IsNullOrWhiteSpace(options?.Folder))
            return;

        services.AddSingleton<ITextGenerator>(provider =>
        {
            var folder = Path.GetFullPath(options.Folder, provider.GetRequiredService<IHostEnvironment>().ContentRootPath);
            if (!Directory.Exists(folder))
                throw new OptionsValidationException(DocumentOptions.Section, typeof(DocumentOptions),
                    [$"Sources:Document:Folder is '{folder}', which is not a folder."]);
            return new DocumentGenerator(new DocumentFolder(folder), provider.GetRequiredService<TimeProvider>());
        });
    }
}
