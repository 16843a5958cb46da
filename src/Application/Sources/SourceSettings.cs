using Microsoft.Extensions.Configuration;

namespace SseStreaming.Application.Sources;

/// <summary>What a registered source gets: its name, and the section <c>Sources:&lt;name&gt;</c> of the configuration.</summary>
public sealed record SourceSettings(string Name, IConfigurationSection Configuration);
