namespace SseStreaming.Application.Contracts;

public enum StreamStatus
{
    Running,
    Completed,
    Stopped,
    Failed,
}
