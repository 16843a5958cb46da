namespace SseStreaming.Application.Contracts;

/// <summary>Why a client could not complete its stream, in its own words.</summary>
/// <param name="Title">The problem in a few words; null for a usual one.</param>
/// <param name="Detail">This failure in one sentence; null for a usual one.</param>
public sealed record ExternalProblem(string? Title, string? Detail);
