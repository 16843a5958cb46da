namespace SseStreaming.Application.Writing;

/// <summary>The last append of a producer.</summary>
/// <param name="Last">Sequence of its last event, which tells which producer was unused for the longest time.</param>
internal readonly record struct ProducerEntry(long Epoch, long Sequence, long Last);
