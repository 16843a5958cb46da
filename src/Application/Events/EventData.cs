using System.Text.Json;
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

    /// <summary>How a generation ends whose server stopped or died.</summary>
    public static StreamEvent Interrupted(long segments, long characters) => Failed(
        segments, characters, ProblemTypes.Interrupted, "The generation was interrupted.",
        "The server that generated this text went away. The text up to here is complete.");

    /// <summary>The word that a terminal event gives as its reason.</summary>
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

    private static StreamEvent Create<T>(EventKind kind, T data, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        new(kind, JsonSerializer.SerializeToUtf8Bytes(data, type));
}
