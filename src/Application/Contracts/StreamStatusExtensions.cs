using SseStreaming.Domain;

namespace SseStreaming.Application.Contracts;

internal static class StreamStatusExtensions
{
    /// <summary>The status of a stream whose last event is of a kind.</summary>
    public static StreamStatus ToStatus(this EventKind last) => last switch
    {
        EventKind.Completed => StreamStatus.Completed,
        EventKind.Stopped => StreamStatus.Stopped,
        EventKind.Failed => StreamStatus.Failed,
        _ => StreamStatus.Running,
    };
}
