using System.Buffers.Text;
using SseStreaming.Domain;

namespace SseStreaming.Application.Streams;

/// <summary>
/// Writes one event as a frame of <c>text/event-stream</c> (WHATWG HTML, section 9.2.6): <c>id</c>, the name unless it is a
/// segment, then one <c>data</c> line for each line of the data, and the blank line that dispatches it.
/// </summary>
public static class EventFrame
{
    /// <summary>Length of what every frame of a stream begins with: <c>id:</c>, the stream's id and the dot.</summary>
    public const int PrefixLength = 5 + StreamId.TextLength;

    private const int LongestSequence = 19;
    private const int LongestName = 9;
    private const int ShortData = 64;

    /// <summary>Upper bound of what <c>Write</c> needs for the same event.</summary>
    public static int MaxLength(EventKind kind, ReadOnlySpan<byte> data)
    {
        var fixedPart = "id: .\nevent: \n\n"u8.Length + StreamId.TextLength + LongestSequence + LongestName;
        // Each CR or LF turns into "\ndata: ", so it takes at most 7 bytes in place of 1. To count them in a word costs more than
        // the room for the worst.
        var lineBreaks = data.Length <= ShortData ? data.Length : data.Count((byte)'\r') + data.Count((byte)'\n');
        return checked(fixedPart + "data: \n"u8.Length + data.Length + (6 * lineBreaks));
    }

    /// <summary>Writes what every frame of a stream begins with, into the first <see cref="PrefixLength"/> bytes.</summary>
    public static void WritePrefix(Span<byte> destination, StreamId stream)
    {
        "id: "u8.CopyTo(destination);
        stream.Format(destination[4..]);
        destination[PrefixLength - 1] = (byte)'.';
    }

    /// <summary>Writes the frame and returns its length.</summary>
    public static int Write(Span<byte> destination, StreamId stream, long sequence, EventKind kind, ReadOnlySpan<byte> data)
    {
        Span<byte> prefix = stackalloc byte[PrefixLength];
        WritePrefix(prefix, stream);
        return Write(destination, prefix, sequence, kind, data);
    }

    /// <summary>Writes the frame after the prefix of its stream, and returns its length.</summary>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> prefix, long sequence, EventKind kind, ReadOnlySpan<byte> data)
    {
        var at = 0;
        Put(prefix, destination, ref at);
        Utf8Formatter.TryFormat(sequence, destination[at..], out var digits);
        at += digits;
        if (kind != EventKind.Segment)
        {
            Put("\nevent: "u8, destination, ref at);
            Put(NameOf(kind), destination, ref at);
        }
        // The parser strips one space after the colon; writing exactly one keeps the segment's own white space.
        Put("\ndata: "u8, destination, ref at);
        WriteLines(data, destination, ref at);
        Put("\n\n"u8, destination, ref at);
        return at;
    }

    /// <summary>The <c>event</c> field of a kind. None is called <c>error</c>: <c>EventSource</c> uses that name for itself.</summary>
    public static ReadOnlySpan<byte> NameOf(EventKind kind) => kind switch
    {
        EventKind.Started => "started"u8,
        EventKind.Completed => "completed"u8,
        EventKind.Stopped => "stopped"u8,
        EventKind.Failed => "failed"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Segments have no name."),
    };

    private static void WriteLines(ReadOnlySpan<byte> data, Span<byte> destination, ref int at)
    {
        while (true)
        {
            var end = data.IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0)
            {
                Put(data, destination, ref at);
                return;
            }
            Put(data[..end], destination, ref at);
            Put("\ndata: "u8, destination, ref at);
            var isCrLf = data[end] == '\r' && end + 1 < data.Length && data[end + 1] == '\n';
            data = data[(end + (isCrLf ? 2 : 1))..];
        }
    }

    private static void Put(ReadOnlySpan<byte> source, Span<byte> destination, ref int at)
    {
        source.CopyTo(destination[at..]);
        at += source.Length;
    }
}
