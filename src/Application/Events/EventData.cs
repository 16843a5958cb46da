using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;

namespace SseStreaming.Application.Events;

/// <summary>The JSON of the events that are not segments.</summary>
internal static class EventData
{
    public static StreamEvent Started(StreamId streamId, string source) =>
        Create(EventKind.Started, new StartedData(streamId.ToString(), source), EventDataJson.Default.StartedData);

    public static StreamEvent Completed(long segments, long characters, GenerationFinish finish) =>
        Create(EventKind.Completed, new CompletedData(segments, characters, finish.Reason, finish.Usage), EventDataJson.Default.CompletedData);

    public static StreamEvent Stopped(long segments, long characters, StopReason reason) =>
        Create(EventKind.Stopped, new StoppedData(reason, segments, characters), EventDataJson.Default.StoppedData);

    public static StreamEvent Failed(long segments, long characters, string type, string title, string detail) =>
        Create(EventKind.Failed, new FailedData(type, title, detail, segments, characters), EventDataJson.Default.FailedData);

    /// <summary>The terminal event of a generation whose server stopped or died.</summary>
    public static StreamEvent Interrupted(long segments, long characters) => Failed(
        segments, characters, ProblemTypes.Interrupted, "The generation was interrupted.",
        "The server that generated this text has stopped. The text up to here is complete.");

    /// <summary>The finish reason, the stop reason or the problem type of a terminal event.</summary>
    public static string? ReadReason(StreamEvent terminal) => terminal.Kind switch
    {
        EventKind.Completed => JsonSerializer.Deserialize(terminal.Data.Span, EventDataJson.Default.CompletedData)?.FinishReason,
        EventKind.Stopped => JsonSerializer.Deserialize(terminal.Data.Span, EventDataJson.Default.StoppedData)?.Reason switch
        {
            StopReason.Requested => "requested",
            StopReason.Abandoned => "abandoned",
            StopReason.Limit => "limit",
            _ => null,
        },
        EventKind.Failed => JsonSerializer.Deserialize(terminal.Data.Span, EventDataJson.Default.FailedData)?.Type,
        _ => null,
    };

    private static StreamEvent Create<T>(EventKind kind, T data, JsonTypeInfo<T> type) =>
        new(kind, JsonSerializer.SerializeToUtf8Bytes(data, type));
}
