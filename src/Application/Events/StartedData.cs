namespace SseStreaming.Application.Events;

internal sealed record StartedData(string StreamId, string Source);
