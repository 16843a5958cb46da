using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Common;
using SseStreaming.Infrastructure.Generators.Chat;
using SseStreaming.Infrastructure.Generators.Document;
using SseStreaming.Infrastructure.Generators.Lorem;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.Infrastructure.Generators.Pacing;
using SseStreaming.Infrastructure.Generators.Query;

namespace SseStreaming.Infrastructure.Generators;

/// <summary>Adds a generator for each source, built in or configured.</summary>
internal static class GeneratorSetup
{
    public static void AddGenerators(this IServiceCollection services, IConfiguration configuration)
    {
        // When the host starts, because sources may be added before and after.
        services.AddSingleton<IValidateOptions<SourcesOptions>>(provider =>
            new SourceSectionsValidator(configuration.GetSection(SourcesOptions.Section), provider.GetServices<SourceSettings>()));

        services.AddSingleton<PacingQueue>();
        if (configuration.GetValue($"{SourcesOptions.Section}:{nameof(SourcesOptions.Lorem)}", defaultValue: true))
            services.AddSingleton<ITextGenerator, LoremGenerator>();
        services.AddDocuments(configuration);
        services.AddModels(configuration);
        services.AddQueries(configuration);
    }

    private static void AddDocuments(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection(DocumentOptions.Section);
        ConfigurationErrors.ThrowIfAny<DocumentOptions>(DocumentOptions.Section,
            [.. ConfigurationErrors.FindSectionErrors(section), .. ConfigurationErrors.FindErrors(section, typeof(DocumentOptions))]);
        var options = section.Get<DocumentOptions>();
        if (string.IsNullOrWhiteSpace(options?.Folder))
            return;

        services.AddSingleton<ITextGenerator>(provider =>
        {
            var folder = Path.GetFullPath(options.Folder, provider.GetRequiredService<IHostEnvironment>().ContentRootPath);
            ConfigurationErrors.ThrowIfAny<DocumentOptions>(DocumentOptions.Section,
                Directory.Exists(folder) ? [] : [$"{DocumentOptions.Section}:{nameof(DocumentOptions.Folder)} is '{folder}', which is not a folder."]);
            return new DocumentGenerator(new DocumentFolder(folder), provider.GetRequiredService<PacingQueue>());
        });
    }

    private static void AddModels(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<ModelMetrics>();
        foreach (var (name, options) in NamedSources.Read<OpenAiOptions>(configuration, OpenAiOptions.Section))
            services.AddSingleton<ITextGenerator>(provider => ActivatorUtilities.CreateInstance<OpenAiGenerator>(provider, name, options));
        foreach (var (name, options) in NamedSources.Read<AnthropicOptions>(configuration, AnthropicOptions.Section))
            services.AddSingleton<ITextGenerator>(provider => ActivatorUtilities.CreateInstance<ChatGenerator>(
                provider, name, options, AnthropicChatClient.Create(options, provider.GetRequiredService<TimeProvider>())));
    }

    private static void AddQueries(this IServiceCollection services, IConfiguration configuration)
    {
        foreach (var (name, options) in NamedSources.Read<QueryOptions>(configuration, QueryOptions.Section))
            services.AddSingleton<ITextGenerator>(provider => ActivatorUtilities.CreateInstance<QueryGenerator>(provider, name, options));
    }
}
