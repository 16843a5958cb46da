using System.Text.Json;
using System.Text.Json.Serialization;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Doors.AiSdk;

/// <summary>
/// The frames of the AI SDK's UI message stream, version 1. One chunk that does not fit the client's schema fails the whole stream, so
/// only chunks that all supported versions know are written.
/// </summary>
internal sealed class UiMessageFraming : IStreamFraming
{
    private UiMessageFraming()
    {
    }

    public static UiMessageFraming Instance { get; } = new();

    public void Write(ResponseWriter writer, EventBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch[i];
            if (item.Kind is EventKind.Segment)
                JsonText.Write(writer, "data: {\"type\":\"text-delta\",\"id\":\"text\",\"delta\":\""u8, item.Data.Span, "\"}\n\n"u8, events: 1);
            else
                WriteStart(writer, batch.StreamId, item.Data.Span);
        }
    }

    public ValueTask<bool> WriteEndAsync(ResponseWriter writer, EventBatch terminal, CancellationToken cancellationToken)
    {
        WriteEnd(writer, StreamEnd.From(terminal));
        return new(true);
    }

    /// <summary>The client takes every regular end for the end of the text.</summary>
    public bool BreaksOff(ViewerEnd end) => end is not ViewerEnd.Finished;

    /// <summary>The metadata of the message is the data of the event.</summary>
    private static void WriteStart(ResponseWriter writer, StreamId streamId, ReadOnlySpan<byte> data)
    {
        Span<byte> id = stackalloc byte[StreamId.TextLength];
        streamId.Format(id);
        writer.Write("data: {\"type\":\"start\",\"messageId\":\""u8);
        writer.Write(id);
        writer.Write("\",\"messageMetadata\":"u8);
        writer.Write(data);
        writer.Write("}\n\ndata: {\"type\":\"start-step\"}\n\ndata: {\"type\":\"text-start\",\"id\":\"text\"}\n\n"u8, events: 1);
    }

    private static void WriteEnd(ResponseWriter writer, StreamEnd end)
    {
        writer.Write("data: {\"type\":\"text-end\",\"id\":\"text\"}\n\n"u8);
        if (end.HasText)
        {
            var reason = end.IsLimit ? "length" : end.Reason;
            writer.Write("data: {\"type\":\"finish-step\"}\n\ndata: {\"type\":\"finish\",\"finishReason\":\""u8);
            writer.Write(ToFinishReason(reason));
            writer.Write("\",\"messageMetadata\":"u8);
            writer.Write(Serialize(new FinishMetadata(end.Segments, end.Characters, reason, end.Usage)));
        }
        else if (end.Status is StreamStatus.Failed)
        {
            writer.Write("data: {\"type\":\"error\",\"errorText\":"u8);
            writer.Write(Serialize($"{end.Title} {end.Detail}"));
        }
        else
        {
            writer.Write("data: {\"type\":\"abort\",\"reason\":"u8);
            writer.Write(Serialize(end.Reason));
        }
        writer.Write("}\n\ndata: [DONE]\n\n"u8, events: 1);
    }

    private static ReadOnlySpan<byte> ToFinishReason(string reason) => reason switch
    {
        "stop" => "stop"u8,
        "length" => "length"u8,
        "content_filter" => "content-filter"u8,
        _ => "other"u8,
    };

    private static byte[] Serialize<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web);

    private sealed record FinishMetadata(
        long Segments,
        long Characters,
        string FinishReason,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] GenerationUsage? Usage);
}
