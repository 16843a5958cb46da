using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.Application.Generations;

namespace SseStreaming.Application.Sources;

/// <summary>Adds an application's own sources (docs/sources.md).</summary>
public static class TextSourceExtensions
{
    /// <summary>
    /// Adds a source. Its constructor takes <see cref="SourceSettings"/>, and any services; its description has the name of the settings.
    /// </summary>
    public static IServiceCollection AddTextSource<T>(this IServiceCollection services, string name)
        where T : class, ITextGenerator =>
        services.AddTextSource(name, static (provider, settings) => ActivatorUtilities.CreateInstance<T>(provider, settings));

    /// <summary>Adds a source that is a function.</summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="name">The name of the source.</param>
    /// <param name="generate">Generates the text of one request; the token is cancelled when the generation is stopped.</param>
    /// <param name="describe">Adds to the description: options, whether a prompt is required.</param>
    public static IServiceCollection AddTextSource(
        this IServiceCollection services,
        string name,
        Func<GenerationRequest, CancellationToken, IAsyncEnumerable<string>> generate,
        Func<SourceDescription, SourceDescription>? describe = null)
    {
        var source = new SourceDescription(name, $"The source {name}.");
        var generator = new DelegateGenerator(describe?.Invoke(source) ?? source, generate);
        return services.AddTextSource(name, (_, _) => generator);
    }

    internal static IServiceCollection AddTextSource(
        this IServiceCollection services, string name, Func<IServiceProvider, SourceSettings, ITextGenerator> create)
    {
        if (!SourceDescription.IsValidName(name))
            throw new ArgumentException($"'{name}' is not a valid name: {SourceDescription.NameRule}.", nameof(name));

        // The settings are registered too, so that the section of the source is a known one.
        services.AddSingleton(provider => CreateSettings(provider, name));
        return services.AddSingleton(provider =>
        {
            var generator = create(provider, CreateSettings(provider, name));
            return generator.Source.Name == name
                ? generator
                : throw new InvalidOperationException($"The source that was added as '{name}' describes itself as '{generator.Source.Name}'.");
        });
    }

    private static SourceSettings CreateSettings(IServiceProvider provider, string name) =>
        new(name, provider.GetRequiredService<IConfiguration>().GetSection($"{SourcesOptions.Section}:{name}"));
}
