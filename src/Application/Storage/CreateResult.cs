namespace SseStreaming.Application.Storage;

/// <param name="Existing">The stream that has the same idempotency key, if that was the outcome.</param>
public readonly record struct CreateResult(CreateOutcome Outcome, StreamHead? Existing = null);
