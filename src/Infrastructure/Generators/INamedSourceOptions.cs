using System.Collections.Frozen;

namespace SseStreaming.Infrastructure.Generators;

/// <summary>Options of a source that the configuration names.</summary>
internal interface INamedSourceOptions
{
    /// <summary>Settings of earlier versions, each with what to use instead.</summary>
    static virtual IReadOnlyDictionary<string, string> RemovedSettings => FrozenDictionary<string, string>.Empty;

    /// <summary>Errors that no attribute expresses: the setting, and the rest of a sentence that begins with it.</summary>
    IEnumerable<(string Setting, string Fault)> Validate();
}
