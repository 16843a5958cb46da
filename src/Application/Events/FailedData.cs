namespace SseStreaming.Application.Events;

internal sealed record FailedData(string Type, string Title, string Detail, long Segments, long Characters);
