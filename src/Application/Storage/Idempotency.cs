namespace SseStreaming.Application.Storage;

/// <summary>A client's <c>Idempotency-Key</c>, and a digest of the request that it came with first.</summary>
/// <param name="Key">Unique in the store: with the subject that sent it, so that no two subjects meet at one key.</param>
public sealed record Idempotency(string Key, string RequestDigest);
