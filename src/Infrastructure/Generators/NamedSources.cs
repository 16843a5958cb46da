using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Common;

namespace SseStreaming.Infrastructure.Generators;

/// <summary>
/// Reads and validates all configured sources of one kind, so that the server does not start with one that fails at its first
/// request. Errors name the setting and never repeat its value, which may be a secret.
/// </summary>
internal static class NamedSources
{
    /// <param name="configuration">The configuration of the server.</param>
    /// <param name="section">The section with a subsection per source.</param>
    public static IReadOnlyList<(string Name, TOptions Options)> Read<TOptions>(IConfiguration configuration, string section)
        where TOptions : class, INamedSourceOptions
    {
        var root = configuration.GetSection(section);
        var errors = new List<string>(ConfigurationErrors.FindSectionErrors(root));
        var sources = new List<(string, TOptions)>();
        foreach (var child in root.GetChildren())
        {
            if (ReadOptions<TOptions>(child, errors) is { } options)
                sources.Add((child.Key, options));
            if (!SourceDescription.IsValidName(child.Key))
                errors.Add($"{child.Path} is not a valid name: {SourceDescription.NameRule}.");
        }
        ConfigurationErrors.ThrowIfAny<TOptions>(section, errors);
        return sources;
    }

    /// <summary>The settings of one source that code adds; its section may be missing.</summary>
    public static TOptions Read<TOptions>(SourceSettings source)
        where TOptions : class, INamedSourceOptions, new()
    {
        var errors = new List<string>();
        var options = source.Configuration.Exists() ? ReadOptions<TOptions>(source.Configuration, errors) : new TOptions();
        ConfigurationErrors.ThrowIfAny<TOptions>(source.Configuration.Path, errors);
        return options!;
    }

    private static TOptions? ReadOptions<TOptions>(IConfigurationSection section, List<string> errors)
        where TOptions : class, INamedSourceOptions
    {
        if (!section.GetChildren().Any())
        {
            errors.Add(typeof(TOptions).GetProperties().Any(property => property.Name.Equals(section.Key, StringComparison.OrdinalIgnoreCase))
                ? $"{section.Path} must be under the name of a source, as in {section.Path[..^section.Key.Length]}<name>:{section.Key}."
                : $"{section.Path} has no settings.");
            return null;
        }
        var bindingErrors = ConfigurationErrors.FindErrors(section, typeof(TOptions), TOptions.RemovedSettings).ToList();
        errors.AddRange(bindingErrors);
        if (bindingErrors.Count > 0)
            return null;

        var options = section.Get<TOptions>()!;
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        errors.AddRange(results.Select(result => $"{section.Path}:{result.MemberNames.Single()} {result.ErrorMessage}."));
        errors.AddRange(options.Validate().Select(error => $"{section.Path}:{error.Setting} {error.Fault}."));
        return options;
    }
}
