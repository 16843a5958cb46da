using System.Buffers;
using System.Buffers.Text;
using System.Text;
using SseStreaming.Application.Events;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>The live events of the protocol: after each text there is a control event, with the offset at which the client resumes.</summary>
internal sealed class DurableFraming : IStreamFraming
{
    private const int OffsetDigits = 16;

    private readonly bool _isJson;
    private readonly long _tail;
    private readonly bool _beginsAtTail;
    // A control event up to the sequence in its offset, the sequence, and the cursor.
    private readonly byte[] _control;
    private readonly int _sequenceAt;
    // The beginning of a message whose end is in a later segment.
    private readonly ArrayBufferWriter<byte> _message = new();

    /// <param name="stream">The stream when the response begins.</param>
    /// <param name="after">Sequence of the last event that the client has.</param>
    /// <param name="cursor">The cursor of the response.</param>
    public DurableFraming(DurableStream stream, long after, string cursor)
    {
        _isJson = stream.Content.IsJson;
        _tail = stream.Last;
        _beginsAtTail = after >= stream.Last && !stream.IsClosed;
        var beforeSequence = $"event: control\ndata:{{\"streamNextOffset\":\"{StreamOffset.GetTail(stream.State).ToString()[..^OffsetDigits]}";
        _control = Encoding.ASCII.GetBytes($"{beforeSequence}{new string('0', OffsetDigits)}\",\"streamCursor\":\"{cursor}\"");
        _sequenceAt = beforeSequence.Length;
    }

    /// <summary>Tells a client that has the whole text where it is: there may be no other event for a long time.</summary>
    public void WriteStart(ResponseWriter writer)
    {
        if (_beginsAtTail)
            WriteControl(writer, _tail, isUpToDate: true);
    }

    public void Write(ResponseWriter writer, EventBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var (item, sequence) = (batch[i], batch.First + i);
            // The first event has no text. It matters to the client only if there is no other one yet.
            var isWritten = item.Kind is not EventKind.Segment ? sequence >= _tail
                : _isJson ? WriteMessage(writer, item.Data.Span)
                : WriteText(writer, item.Data.Span);
            if (isWritten)
                WriteControl(writer, sequence, isUpToDate: sequence == batch.Last && sequence >= _tail);
        }
    }

    public ValueTask<bool> WriteEndAsync(ResponseWriter writer, EventBatch terminal, CancellationToken cancellationToken)
    {
        writer.Write(_control.AsSpan(0, _sequenceAt));
        WriteSequence(writer, terminal.Last);
        writer.Write("\",\"streamClosed\":true}\n\n"u8, events: 1);
        return new(true);
    }

    /// <summary>The client reconnects at the last offset, unless the stream is closed.</summary>
    public bool BreaksOff(ViewerEnd end) => false;

    private static bool WriteText(ResponseWriter writer, ReadOnlySpan<byte> text)
    {
        writer.Write("event: data\ndata:"u8);
        WriteLines(writer, text, keepsSpaces: true);
        writer.Write("\n\n"u8);
        return true;
    }

    /// <summary>Writes a message as an array. False if it is not whole yet.</summary>
    private bool WriteMessage(ResponseWriter writer, ReadOnlySpan<byte> text)
    {
        if (!text.EndsWith("\n"u8))
        {
            _message.Write(text);
            return false;
        }
        writer.Write("event: data\ndata:["u8);
        WriteLines(writer, _message.WrittenSpan, keepsSpaces: false);
        _message.ResetWrittenCount();
        WriteLines(writer, text[..^1], keepsSpaces: false);
        writer.Write("]\n\n"u8);
        return true;
    }

    /// <summary>Writes text whose first line has its field name.</summary>
    /// <param name="writer">The response.</param>
    /// <param name="text">The text.</param>
    /// <param name="keepsSpaces">
    /// True if each line begins after a colon: a client strips one space there, so one is written before a line that begins with a space.
    /// </param>
    private static void WriteLines(ResponseWriter writer, ReadOnlySpan<byte> text, bool keepsSpaces)
    {
        while (true)
        {
            if (keepsSpaces && text.StartsWith(" "u8))
                writer.Write(" "u8);
            var end = text.IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0)
            {
                writer.Write(text);
                return;
            }
            writer.Write(text[..end]);
            writer.Write("\ndata:"u8);
            text = text[(end + (text[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }
    }

    private void WriteControl(ResponseWriter writer, long sequence, bool isUpToDate)
    {
        writer.Write(_control.AsSpan(0, _sequenceAt));
        WriteSequence(writer, sequence);
        writer.Write(_control.AsSpan(_sequenceAt + OffsetDigits));
        writer.Write(isUpToDate ? ",\"upToDate\":true}\n\n"u8 : "}\n\n"u8, events: 1);
    }

    private static void WriteSequence(ResponseWriter writer, long sequence)
    {
        Utf8Formatter.TryFormat(sequence, writer.GetSpan(OffsetDigits), out _, new StandardFormat('D', OffsetDigits));
        writer.Advance(OffsetDigits);
    }
}
