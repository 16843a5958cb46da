namespace SseStreaming.Infrastructure.Generators;

/// <summary>Options of a source that is configured under a name of its own.</summary>
internal interface INamedSourceOptions
{
    /// <summary>What is wrong that no attribute says: the setting, and the rest of a sentence about it.</summary>
    IEnumerable<(string Setting, string Fault)> Validate();
}
