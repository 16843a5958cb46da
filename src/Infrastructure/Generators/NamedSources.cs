using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace SseStreaming.Infrastructure.Generators;

/// <summary>Options of a source that is configured under a name of its own.</summary>
internal interface INamedSourceOptions
{
    /// <summary>What is wrong that no attribute says: the setting, and the rest of a sentence about it.</summary>
    IEnumerable<(string Setting, string Fault)> Check();
}

/// <summary>
/// Reads the sources of one kind, each under its own name, and checks them at once: a server must not start, and then fail at the
/// first request. Every fault names its setting, and never repeats the value, which may be a secret.
/// </summary>
internal static class NamedSources
{
    private const int LongestName = 64;

    /// <summary>The names that are taken from the start.</summary>
    private static readonly string[] BuiltIn = ["lorem", "document"];

    public static IReadOnlyList<(string Name, TOptions Options)> Read<TOptions>(IConfiguration configuration, string section, string[] others)
        where TOptions : class, INamedSourceOptions
    {
        var failures = new List<string>();
        var sources = new List<(string, TOptions)>();
        foreach (var child in configuration.GetSection(section).GetChildren())
        {
            var options = ReadOne<TOptions>(child, failures);
            if (NameFault(configuration, child, others) is { } fault)
                failures.Add($"{child.Path} {fault}.");
            else if (options is not null)
                sources.Add((child.Key, options));
        }
        return failures.Count == 0 ? sources : throw new OptionsValidationException(section, typeof(TOptions), failures);
    }

    private static TOptions? ReadOne<TOptions>(IConfigurationSection section, List<string> failures)
        where TOptions : class, INamedSourceOptions
    {
        TOptions? options;
        try
        {
            options = section.GetChildren().Any() ? section.Get<TOptions>() : null;
        }
        catch (InvalidOperationException exception)
        {
            failures.Add(Unreadable(section, typeof(TOptions)) is { } path ? $"{path} can't be read as what it should be." : exception.Message);
            return null;
        }
        if (options is null)
        {
            failures.Add($"{section.Path} has no settings.");
            return null;
        }

        var known = typeof(TOptions).GetProperties().Select(property => property.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        failures.AddRange(section.GetChildren().Where(child => !known.Contains(child.Key)).Select(child => $"{child.Path} is no setting of such a source."));
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        failures.AddRange(results.Select(result => $"{section.Path}:{result.MemberNames.Single()} {result.ErrorMessage}."));
        failures.AddRange(options.Check().Select(fault => $"{section.Path}:{fault.Setting} {fault.Fault}."));
        return options;
    }

    /// <summary>The first setting that does not fit its type; the binder's own words would repeat the value.</summary>
    private static string? Unreadable(IConfigurationSection section, Type type)
    {
        foreach (var property in type.GetProperties())
        {
            var setting = section.GetSection(property.Name);
            try
            {
                setting.Get(property.PropertyType);
            }
            catch (InvalidOperationException)
            {
                return setting.Path;
            }
        }
        return null;
    }

    private static string? NameFault(IConfiguration configuration, IConfigurationSection source, string[] others) =>
        source.Key.Length > LongestName || !source.Key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? $"is no name for a source: 1 to {LongestName} letters, digits, '-', '_' and '.' are"
        : BuiltIn.Contains(source.Key, StringComparer.OrdinalIgnoreCase) ? "has the name of a source that is built in"
        : others.FirstOrDefault(other => configuration.GetSection($"{other}:{source.Key}").Exists()) is { } taken
            ? $"has the name of another source, {taken}:{source.Key}"
        : null;
}
