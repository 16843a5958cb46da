namespace SseStreaming.Client;

/// <summary>The request that starts a stream.</summary>
internal sealed record StartOfStream(byte[] Body, string IdempotencyKey);
