using SseStreaming.Application.Contracts;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores;

/// <summary>The parameter of the condition <c>coalesce(ending, 0) = parameter</c>.</summary>
internal static class StatusFilter
{
    public static short? FromStatus(StreamStatus? status) => status switch
    {
        null => null,
        StreamStatus.Completed => (short)EventKind.Completed,
        StreamStatus.Stopped => (short)EventKind.Stopped,
        StreamStatus.Failed => (short)EventKind.Failed,
        _ => 0,
    };
}
