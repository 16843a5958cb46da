namespace SseStreaming.Application.Storage;

/// <summary>A client's <c>Idempotency-Key</c>, and the digest of its first request.</summary>
/// <param name="Key">Unique in the store: it includes the subject, so that two subjects can use the same key.</param>
public sealed record Idempotency(string Key, string RequestDigest);
