namespace SseStreaming.Application.Contracts;

/// <param name="Joined">True if the idempotency key led to a stream that existed.</param>
public sealed record StartedStream(StreamState State, bool Joined);
