using Microsoft.Extensions.Options;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;

namespace SseStreaming.Application.Sources;

/// <summary>The sources that a request may name.</summary>
internal sealed class SourceCatalog
{
    private const string UsualDefault = "lorem";

    private readonly Dictionary<string, ITextGenerator> _byName = new(StringComparer.Ordinal);
    private readonly string _names;

    public SourceCatalog(IEnumerable<ITextGenerator> generators, IOptions<SourcesOptions> options)
    {
        var sources = generators.OrderBy(generator => generator.Source.Name, StringComparer.Ordinal).ToList();
        // The sections of the configuration have no case, so names that differ only in case would share one.
        if (sources.CountBy(generator => generator.Source.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(name => name.Value > 1).Key is { } twice)
            throw CreateFailure($"Several sources have the name '{twice}', in any case of its letters.");
        if (sources.Exists(generator => generator.Source.Name.Equals(ExternalSource.Name, StringComparison.OrdinalIgnoreCase)))
            throw CreateFailure($"No source can have the name '{ExternalSource.Name}': it is that of streams that clients write.");
        foreach (var generator in sources)
            _byName.Add(generator.Source.Name, generator);
        _names = string.Join(", ", _byName.Keys.Select(name => $"'{name}'"));

        Default = !string.IsNullOrEmpty(options.Value.Default) ? options.Value.Default : sources is [var only] ? only.Source.Name : UsualDefault;
        if (!_byName.ContainsKey(Default))
            throw CreateFailure(_names.Length == 0 ? "There are no sources." : $"Sources:Default is '{Default}', but the sources are {_names}.");
        Descriptions = [.. sources.Select(generator => generator.Source)];
    }

    public string Default { get; }

    public IReadOnlyList<SourceDescription> Descriptions { get; }

    public Outcome<ITextGenerator> Find(string? name) =>
        _byName.TryGetValue(name ?? Default, out var generator)
            ? Outcome.From(generator)
            : name == ExternalSource.Name ? Refusal.Invalid("source", $"'{name}' generates no text: its streams are written by clients. Create one with POST /streams.")
            : Refusal.Invalid("source", $"'source' is unknown; this server has {_names}.");

    private static OptionsValidationException CreateFailure(string failure) => new(SourcesOptions.Section, typeof(SourcesOptions), [failure]);
}
