namespace SseStreaming.Application.Contracts;

/// <param name="Joined">True if the idempotency key belongs to an existing stream.</param>
public sealed record StartedStream(StreamState State, bool Joined);
