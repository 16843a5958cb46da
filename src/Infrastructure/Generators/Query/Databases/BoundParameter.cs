using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <param name="Value">Null means NULL.</param>
internal readonly record struct BoundParameter(string Name, OptionType Type, object? Value);
