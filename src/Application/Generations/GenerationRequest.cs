using SseStreaming.Application.Sources;

namespace SseStreaming.Application.Generations;

/// <summary>What a generator is asked for.</summary>
public sealed record GenerationRequest(string? Prompt, SourceOptions Options);
