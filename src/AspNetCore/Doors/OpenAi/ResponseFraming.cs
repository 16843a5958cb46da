using System.Buffers.Text;
using System.Text;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>The events of a response. Their numbers follow from the sequence, so a response may begin within the frames of one event.</summary>
internal sealed class ResponseFraming : IStreamFraming
{
    private const int MaxDigits = 19;

    private readonly ResponseObject _response;
    private readonly StreamViewer _viewer;
    private readonly long _after;
    private readonly byte[] _beforeId;
    private readonly byte[] _beforeNumber;
    private readonly string _place;
    // The part of a segment's frame before its text: two constants, each with the number after it.
    private readonly byte[] _segment;

    /// <param name="response">The response.</param>
    /// <param name="viewer">The viewer, which reads the whole text again at the end.</param>
    /// <param name="after">The number of the last frame that the client has; -1 for none.</param>
    public ResponseFraming(ResponseObject response, StreamViewer viewer, long after)
    {
        _response = response;
        _viewer = viewer;
        _after = after;
        _place = $"\"item_id\":\"{response.ItemId}\",\"output_index\":0,\"content_index\":0";
        _beforeId = Encoding.UTF8.GetBytes($"id: {response.Id}.");
        _beforeNumber = Encoding.UTF8.GetBytes(
            $"\nevent: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",{_place},\"logprobs\":[],\"sequence_number\":");
        _segment = new byte[_beforeId.Length + _beforeNumber.Length + BeforeText.Length + (2 * MaxDigits)];
        _beforeId.CopyTo(_segment, 0);
    }

    private static ReadOnlySpan<byte> BeforeText => ",\"delta\":\""u8;

    public void Write(ResponseWriter writer, EventBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch[i];
            if (item.Kind is EventKind.Segment)
                WriteSegment(writer, ResponseSequence.GetNumber(batch.First + i), item.Data.Span);
            else
                WriteStart(writer);
        }
    }

    public ValueTask<bool> WriteEndAsync(ResponseWriter writer, EventBatch terminal, CancellationToken cancellationToken) =>
        WriteEndAsync(writer, StreamEnd.From(terminal), ResponseSequence.GetNumber(terminal.Last), cancellationToken);

    public bool BreaksOff(ViewerEnd end) => end is not ViewerEnd.Finished;

    private void WriteSegment(ResponseWriter writer, long number, ReadOnlySpan<byte> text)
    {
        if (number <= _after)
            return;
        var at = _beforeId.Length;
        Append(number, ref at);
        Append(_beforeNumber, ref at);
        Append(number, ref at);
        Append(BeforeText, ref at);
        JsonText.Write(writer, _segment.AsSpan(0, at), text, "\"}\n\n"u8, events: 1);
    }

    private void WriteStart(ResponseWriter writer)
    {
        var response = _response.Create();
        Write(writer, "response.created", 0, "\"response\":", response, "}\n\n"u8);
        Write(writer, "response.in_progress", 1, "\"response\":", response, "}\n\n"u8);
        Write(writer, "response.output_item.added", 2, "\"output_index\":0,\"item\":", _response.CreateItem(), "}\n\n"u8);
        Write(writer, "response.content_part.added", 3, $"{_place},\"part\":", ResponseObject.PartBeforeText, "\"}}\n\n"u8);
    }

    private async ValueTask<bool> WriteEndAsync(ResponseWriter writer, StreamEnd end, long number, CancellationToken cancellationToken)
    {
        var type = ResponseObject.GetStatus(end) switch
        {
            "completed" => "response.completed",
            "failed" => "response.failed",
            // There is no event for a cancelled response.
            _ => "response.incomplete",
        };
        (string Type, string Field, byte[] Before, byte[] After)[] frames =
        [
            ("response.output_text.done", $"{_place},\"logprobs\":[],\"text\":", [(byte)'"'], [.. "\""u8]),
            ("response.content_part.done", $"{_place},\"part\":", [.. ResponseObject.PartBeforeText], [.. "\"}"u8]),
            ("response.output_item.done", "\"output_index\":0,\"item\":", _response.CreateItemBeforeText(end), [.. ResponseObject.AfterItemText]),
            (type, "\"response\":", _response.CreateBeforeText(end), [.. ResponseObject.AfterText]),
        ];
        for (var i = 0; i < frames.Length; i++)
        {
            if (!Write(writer, frames[i].Type, number + i, frames[i].Field, frames[i].Before, after: default))
                continue;
            if (!await WriteTextAsync(writer, cancellationToken))
                return false;
            writer.Write([.. frames[i].After, .. "}\n\n"u8], events: 1);
        }
        return true;
    }

    /// <summary>Writes the whole text, which is not kept in memory for it. False if it could not be read or sent to its end.</summary>
    private async ValueTask<bool> WriteTextAsync(ResponseWriter writer, CancellationToken cancellationToken)
    {
        await foreach (var batch in _viewer.ReadAgainAsync(cancellationToken))
        {
            JsonText.Write(writer, batch.Segments.Data.Span);
            if (batch.EndsStream)
                return true;
            if (writer.IsFull && await writer.FlushAsync() is not FlushOutcome.Flushed)
                return false;
        }
        return false;
    }

    /// <summary>Writes a frame, or the first part of one. False if the client has it.</summary>
    private bool Write(ResponseWriter writer, string type, long number, string field, ReadOnlySpan<byte> value, ReadOnlySpan<byte> after)
    {
        if (number <= _after)
            return false;
        writer.Write(Encoding.UTF8.GetBytes($"id: {_response.Id}.{number}\nevent: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{number},{field}"));
        writer.Write(value);
        writer.Write(after, events: after.IsEmpty ? 0 : 1);
        return true;
    }

    private void Append(ReadOnlySpan<byte> bytes, ref int at)
    {
        bytes.CopyTo(_segment.AsSpan(at));
        at += bytes.Length;
    }

    private void Append(long number, ref int at)
    {
        Utf8Formatter.TryFormat(number, _segment.AsSpan(at), out var digits);
        at += digits;
    }
}
