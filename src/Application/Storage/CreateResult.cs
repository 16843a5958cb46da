namespace SseStreaming.Application.Storage;

/// <param name="Existing">The stream with the same idempotency key if the outcome is <see cref="CreateOutcome.Exists"/>.</param>
internal readonly record struct CreateResult(CreateOutcome Outcome, StreamHead? Existing = null);
