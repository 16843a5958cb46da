namespace SseStreaming.Application.Contracts;

/// <summary>How a client ends its stream.</summary>
/// <param name="Problem">Why it has failed; null: it is complete.</param>
public sealed record ExternalEnd(ExternalProblem? Problem = null);
