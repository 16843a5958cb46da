namespace SseStreaming.Application.Writing;

/// <summary><see cref="ProducerState"/> as the store keeps it.</summary>
internal sealed record StoredProducers(int Version, string? Order, Dictionary<string, ProducerEntry> Producers);
