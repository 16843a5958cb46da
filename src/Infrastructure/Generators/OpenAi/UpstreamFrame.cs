namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>One unit of a model's answer, before its JSON is read.</summary>
/// <param name="EventName">The name of an event; empty for one without a name.</param>
/// <param name="Data">Valid until the next frame is read.</param>
/// <param name="IsEvent">False for JSON, or anything else, outside the fields of events.</param>
internal readonly record struct UpstreamFrame(string EventName, ReadOnlyMemory<byte> Data, bool IsEvent);
