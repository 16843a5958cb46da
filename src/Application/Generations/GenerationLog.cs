using Microsoft.Extensions.Logging;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>Log messages about one generation. All its parts write them with the category of <see cref="Generation"/>.</summary>
internal static partial class GenerationLog
{
    [LoggerMessage(1, LogLevel.Information, "Generation {StreamId} of {Source} ended: {Kind} ({Reason}), {Segments} segments, {Characters} characters")]
    public static partial void Ended(
        ILogger logger, StreamId streamId, string source, EventKind kind, string? reason, long segments, long characters);

    [LoggerMessage(2, LogLevel.Warning, "Generation {StreamId}: the source {Source} failed ({ProblemType})")]
    public static partial void SourceFailed(ILogger logger, Exception? exception, StreamId streamId, string source, string problemType);

    [LoggerMessage(3, LogLevel.Error, "Generation {StreamId}: unexpected error in the source {Source}")]
    public static partial void GenerationFaulted(ILogger logger, Exception exception, StreamId streamId, string source);

    [LoggerMessage(4, LogLevel.Error, "Generation {StreamId}: its stream could not be closed")]
    public static partial void NotClosed(ILogger logger, Exception exception, StreamId streamId);

    [LoggerMessage(5, LogLevel.Warning, "Generation {StreamId}: its stream was closed or taken over by another node")]
    public static partial void Lost(ILogger logger, StreamId streamId);

    [LoggerMessage(6, LogLevel.Warning, "Generation {StreamId}: the source {Source} failed to clean up")]
    public static partial void CleanUpFailed(ILogger logger, Exception exception, StreamId streamId, string source);

    [LoggerMessage(9, LogLevel.Information, "Generation {StreamId} of {Source} was handed over, {Segments} segments, {Characters} characters")]
    public static partial void HandedOver(ILogger logger, StreamId streamId, string source, long segments, long characters);

    [LoggerMessage(10, LogLevel.Warning, "Generation {StreamId} could not be handed over; its stream stays open until this server's lease ends")]
    public static partial void NotHandedOver(ILogger logger, StreamId streamId);

    [LoggerMessage(11, LogLevel.Information, "Generation {StreamId} of {Source} continues after {Segments} segments, {Characters} characters")]
    public static partial void Continued(ILogger logger, StreamId streamId, string source, long segments, long characters);

    [LoggerMessage(12, LogLevel.Warning, "Generation {StreamId} can't be continued: the source {Source} set a checkpoint of more than 4096 bytes")]
    public static partial void CheckpointTooLong(ILogger logger, StreamId streamId, string source);

    [LoggerMessage(13, LogLevel.Warning, "Generation {StreamId}: the next owner of its stream could not be told of the viewers on this node, because the store is unavailable")]
    public static partial void NextOwnerNotInformed(ILogger logger, StreamId streamId);

    [LoggerMessage(8, LogLevel.Warning, "Generation {StreamId}: the oldest events of its stream could not be dropped")]
    public static partial void TrimFailed(ILogger logger, Exception exception, StreamId streamId);
}
