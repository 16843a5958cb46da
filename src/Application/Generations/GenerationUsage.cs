namespace SseStreaming.Application.Generations;

/// <summary>What a model counted, in its own tokens.</summary>
public sealed record GenerationUsage(long InputTokens, long OutputTokens, long TotalTokens);
