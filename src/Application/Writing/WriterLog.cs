using Microsoft.Extensions.Logging;
using SseStreaming.Domain;

namespace SseStreaming.Application.Writing;

/// <summary>Log messages about streams that clients write.</summary>
internal static partial class WriterLog
{
    [LoggerMessage(1, LogLevel.Information, "External stream {StreamId} ended: {Kind} ({Reason}), {Segments} segments, {Characters} characters")]
    public static partial void Ended(ILogger logger, StreamId streamId, EventKind kind, string? reason, long segments, long characters);

    [LoggerMessage(2, LogLevel.Error, "External stream {StreamId}: unexpected error in its writer")]
    public static partial void Faulted(ILogger logger, Exception exception, StreamId streamId);
}
