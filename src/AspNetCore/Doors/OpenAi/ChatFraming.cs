using System.Text;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>The chunks of a chat completion.</summary>
internal sealed class ChatFraming : IStreamFraming
{
    private readonly byte[] _head;
    private readonly byte[] _beforeText;
    private readonly byte[] _afterText;
    private readonly byte[] _tail;
    private readonly bool _includesUsage;
    private bool _hasFailed;

    public ChatFraming(StreamState state, bool includesUsage)
    {
        _includesUsage = includesUsage;
        _head = Encoding.UTF8.GetBytes($"data: {ChatCompletion.CreateHead(state, "chat.completion.chunk")},\"choices\":[");
        _beforeText = [.. _head, .. "{\"index\":0,\"delta\":{\"content\":\""u8];
        // Clients that ask for the usage expect the field in each chunk.
        _tail = [.. includesUsage ? "],\"usage\":null}\n\n"u8 : "]}\n\n"u8];
        _afterText = [.. "\"},\"finish_reason\":null}"u8, .. _tail];
    }

    public void Write(ResponseWriter writer, EventBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch[i];
            if (item.Kind is EventKind.Segment)
                JsonText.Write(writer, _beforeText, item.Data.Span, _afterText, events: 1);
            else
                Write(writer, """{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"""u8);
        }
    }

    public ValueTask<bool> WriteEndAsync(ResponseWriter writer, EventBatch terminal, CancellationToken cancellationToken)
    {
        WriteEnd(writer, StreamEnd.From(terminal));
        return new(true);
    }

    public bool BreaksOff(ViewerEnd end) => _hasFailed || end is not ViewerEnd.Finished;

    private void WriteEnd(ResponseWriter writer, StreamEnd end)
    {
        if (!end.HasText)
        {
            // One SDK throws at this frame; the others ignore it, and throw when the connection breaks.
            _hasFailed = true;
            writer.Write([.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(OpenAiError.From(end).ToBody()), .. "\n\n"u8], events: 1);
            return;
        }
        Write(writer, Encoding.UTF8.GetBytes($$"""{"index":0,"delta":{},"finish_reason":{{ChatCompletion.CreateFinishReason(end)}}}"""));
        if (_includesUsage && end.Usage is { } usage)
            writer.Write([.. _head, .. Encoding.UTF8.GetBytes($"],\"usage\":{ChatCompletion.CreateUsage(usage)}}}\n\n")]);
        writer.Write("data: [DONE]\n\n"u8);
    }

    private void Write(ResponseWriter writer, ReadOnlySpan<byte> choice)
    {
        writer.Write(_head);
        writer.Write(choice);
        writer.Write(_tail, events: 1);
    }
}
