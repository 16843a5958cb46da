using Microsoft.Extensions.Options;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;

namespace SseStreaming.Application.Sources;

/// <summary>The sources that a request may name.</summary>
internal sealed class SourceCatalog
{
    private readonly Dictionary<string, ITextGenerator> _byName;
    private readonly string _names;

    public SourceCatalog(IEnumerable<ITextGenerator> generators, IOptions<SourcesOptions> options)
    {
        _byName = generators.ToDictionary(generator => generator.Source.Name, StringComparer.Ordinal);
        _names = string.Join(", ", _byName.Keys.Order(StringComparer.Ordinal).Select(name => $"'{name}'"));
        Default = options.Value.Default;
        if (!_byName.ContainsKey(Default))
            throw new OptionsValidationException(SourcesOptions.Section, typeof(SourcesOptions),
                [$"Sources:Default is '{Default}', but the sources are {_names}."]);
        Descriptions = [.. _byName.Values.Select(generator => generator.Source).OrderBy(source => source.Name, StringComparer.Ordinal)];
    }

    public string Default { get; }

    public IReadOnlyList<SourceDescription> Descriptions { get; }

    public Outcome<ITextGenerator> Find(string? name) =>
        _byName.TryGetValue(name ?? Default, out var generator)
            ? Outcome.From(generator)
            : Refusal.Invalid("source", $"'source' is unknown; this server has {_names}.");
}
