using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SseStreaming.Infrastructure.Common;

namespace SseStreaming.Infrastructure.Generators;

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
        var root = configuration.GetSection(section);
        var failures = new List<string>(ConfigurationErrors.FindSectionErrors(root));
        var sources = new List<(string, TOptions)>();
        foreach (var child in root.GetChildren())
        {
            var options = ReadOne<TOptions>(child, failures);
            if (ValidateName(configuration, child, others) is { } fault)
                failures.Add($"{child.Path} {fault}.");
            else if (options is not null)
                sources.Add((child.Key, options));
        }
        return failures.Count == 0 ? sources : throw new OptionsValidationException(section, typeof(TOptions), failures);
    }

    private static TOptions? ReadOne<TOptions>(IConfigurationSection section, List<string> failures)
        where TOptions : class, INamedSourceOptions
    {
        if (!section.GetChildren().Any())
        {
            failures.Add(typeof(TOptions).GetProperties().Any(property => property.Name.Equals(section.Key, StringComparison.OrdinalIgnoreCase))
                ? $"{section.Path} belongs under the name of a source, as in {section.Path[..^section.Key.Length]}<name>:{section.Key}."
                : $"{section.Path} has no settings.");
            return null;
        }
        var faults = ConfigurationErrors.FindErrors(section, typeof(TOptions)).ToList();
        failures.AddRange(faults);
        if (faults.Count > 0)
            return null;

        var options = section.Get<TOptions>()!;
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        failures.AddRange(results.Select(result => $"{section.Path}:{result.MemberNames.Single()} {result.ErrorMessage}."));
        failures.AddRange(options.Validate().Select(fault => $"{section.Path}:{fault.Setting} {fault.Fault}."));
        return options;
    }

    private static string? ValidateName(IConfiguration configuration, IConfigurationSection source, string[] others) =>
        source.Key.Length > LongestName || !source.Key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? $"is no name for a source: 1 to {LongestName} letters, digits, '-', '_' and '.' are"
        : BuiltIn.Contains(source.Key, StringComparer.OrdinalIgnoreCase) ? "has the name of a source that is built in"
        : others.FirstOrDefault(other => configuration.GetSection($"{other}:{source.Key}").Exists()) is { } taken
            ? $"has the name of another source, {taken}:{source.Key}"
        : null;
}
