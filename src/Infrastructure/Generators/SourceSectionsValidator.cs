using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Writing;
using SseStreaming.Infrastructure.Common;

namespace SseStreaming.Infrastructure.Generators;

/// <summary>Finds sections of <c>Sources</c> that no source reads, and sources whose section has another meaning.</summary>
internal sealed class SourceSectionsValidator(IConfigurationSection section, IEnumerable<SourceSettings> registered) : IValidateOptions<SourcesOptions>
{
    private static readonly string[] Settings = [nameof(SourcesOptions.Default), nameof(SourcesOptions.Lorem), "Document", "OpenAi", "Anthropic", "Query", ExternalOptions.Name];

    public ValidateOptionsResult Validate(string? name, SourcesOptions options)
    {
        var names = registered.Select(source => source.Name).ToList();
        string[] errors =
        [
            .. ConfigurationErrors.FindUnknownSettings(section, [.. Settings, .. names]),
            .. names.Where(source => Settings.Contains(source, StringComparer.OrdinalIgnoreCase))
                .Select(source => $"A source can't have the name '{source}', because {section.Path}:{source} is a setting of the server."),
        ];
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
