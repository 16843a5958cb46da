using SseStreaming.Application.Generations;

namespace SseStreaming.Application.Events;

internal sealed record StoppedData(StopReason Reason, long Segments, long Characters);
