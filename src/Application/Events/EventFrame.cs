using System.Buffers;
using System.Buffers.Text;
using SseStreaming.Domain;

namespace SseStreaming.Application.Events;

/// <summary>
/// The format of an event as a frame of <c>text/event-stream</c> (WHATWG HTML, section 9.2.6): <c>id</c>, the name unless it is a
/// segment, then one <c>data</c> line for each line of the data, and a blank line.
/// </summary>
internal static class EventFrame
{
    /// <summary>Length of the prefix of every frame of a stream: <c>id:</c>, the stream id and the dot.</summary>
    public const int PrefixLength = 5 + StreamId.TextLength;

    /// <summary>Longer data is written in pieces, so that a response needs no large buffer.</summary>
    public const int MaxShortData = 1024;

    /// <summary>Maximum length of a sequence in decimal digits.</summary>
    private const int MaxSequenceLength = 19;

    /// <summary>The length of <c>completed</c>, with the field name and the line feed before it.</summary>
    private const int MaxNameLength = 17;

    /// <summary>Begins a line of data. A parser strips one space after the colon, so exactly one keeps the white space of the segment.</summary>
    public static ReadOnlySpan<byte> BeginData => "\ndata: "u8;

    public static ReadOnlySpan<byte> End => "\n\n"u8;

    /// <summary>Writes the prefix of every frame of a stream into the first <see cref="PrefixLength"/> bytes.</summary>
    public static void WritePrefix(Span<byte> destination, StreamId streamId)
    {
        "id: "u8.CopyTo(destination);
        streamId.Format(destination[4..]);
        destination[PrefixLength - 1] = (byte)'.';
    }

    /// <summary>Writes a frame of any event, with one <c>data</c> line for each line of the data.</summary>
    public static void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> prefix, long sequence, EventKind kind, ReadOnlySpan<byte> data)
    {
        writer.Advance(WriteHead(writer.GetSpan(PrefixLength + MaxSequenceLength + MaxNameLength + BeginData.Length), prefix, sequence, kind));
        for (var end = data.IndexOfAny((byte)'\r', (byte)'\n'); end >= 0; end = data.IndexOfAny((byte)'\r', (byte)'\n'))
        {
            writer.Write(data[..end]);
            writer.Write(BeginData);
            data = data[(end + (data[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }
        writer.Write(data);
        writer.Write(End);
    }

    /// <summary>True if the data needs more than one <c>data</c> line.</summary>
    public static bool HasLineBreaks(ReadOnlySpan<byte> data) => data.ContainsAny((byte)'\r', (byte)'\n');

    /// <summary>The <c>event</c> field of a kind. It is never <c>error</c>, a name that <c>EventSource</c> uses for its own events.</summary>
    public static ReadOnlySpan<byte> GetName(EventKind kind) => kind switch
    {
        EventKind.Started => "started"u8,
        EventKind.Completed => "completed"u8,
        EventKind.Stopped => "stopped"u8,
        EventKind.Failed => "failed"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Segments have no name."),
    };

    private static int WriteHead(Span<byte> destination, ReadOnlySpan<byte> prefix, long sequence, EventKind kind)
    {
        prefix.CopyTo(destination);
        Utf8Formatter.TryFormat(sequence, destination[PrefixLength..], out var digits);
        var at = PrefixLength + digits;
        if (kind != EventKind.Segment)
        {
            Append("\nevent: "u8, destination, ref at);
            Append(GetName(kind), destination, ref at);
        }
        Append(BeginData, destination, ref at);
        return at;
    }

    private static void Append(ReadOnlySpan<byte> source, Span<byte> destination, ref int at)
    {
        source.CopyTo(destination[at..]);
        at += source.Length;
    }
}
