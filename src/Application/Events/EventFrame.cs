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

    /// <summary>Maximum length of a frame without its data.</summary>
    public const int MaxOverhead = PrefixLength + MaxSequenceLength + MaxNameLength + BeginDataLength + EndLength;

    public const int EndLength = 2;

    private const int MaxSequenceLength = 19;

    /// <summary>The length of <c>completed</c>, with the field name and the line feed before it.</summary>
    private const int MaxNameLength = 17;

    /// <summary>The length of <see cref="BeginData"/>.</summary>
    private const int BeginDataLength = 7;

    /// <summary>Writes the prefix of every frame of a stream into the first <see cref="PrefixLength"/> bytes.</summary>
    public static void WritePrefix(Span<byte> destination, StreamId streamId)
    {
        "id: "u8.CopyTo(destination);
        streamId.Format(destination[4..]);
        destination[PrefixLength - 1] = (byte)'.';
    }

    /// <summary>Writes the prefix and the rest of the frame up to its data, and returns the length.</summary>
    public static int WriteHead(Span<byte> destination, ReadOnlySpan<byte> prefix, long sequence, EventKind kind)
    {
        prefix[..PrefixLength].CopyTo(destination);
        Utf8Formatter.TryFormat(sequence, destination[PrefixLength..], out var digits);
        var at = PrefixLength + digits;
        if (kind != EventKind.Segment)
        {
            Append("\nevent: "u8, destination, ref at);
            Append(GetName(kind), destination, ref at);
        }
        // A parser strips one space after the colon, so exactly one keeps the white space of the segment.
        BeginData.CopyTo(destination[at..]);
        return at + BeginDataLength;
    }

    /// <summary>Writes the end of the frame.</summary>
    public static void WriteEnd(Span<byte> destination) => "\n\n"u8.CopyTo(destination);

    /// <summary>True if the data needs more than one <c>data</c> line.</summary>
    public static bool HasLineBreaks(ReadOnlySpan<byte> data) => data.ContainsAny((byte)'\r', (byte)'\n');

    /// <summary>Maximum length of data with several lines and of the end of the frame: each CR or LF becomes 7 bytes.</summary>
    public static int GetMaxLinesLength(ReadOnlySpan<byte> data) =>
        checked(data.Length + ((BeginDataLength - 1) * (data.Count((byte)'\r') + data.Count((byte)'\n'))) + EndLength);

    /// <summary>Writes data with one <c>data</c> field for each line, and returns the length.</summary>
    public static int WriteLines(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        var at = 0;
        while (true)
        {
            var end = data.IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0)
            {
                Append(data, destination, ref at);
                return at;
            }
            Append(data[..end], destination, ref at);
            Append(BeginData, destination, ref at);
            var isCrLf = data[end] == '\r' && end + 1 < data.Length && data[end + 1] == '\n';
            data = data[(end + (isCrLf ? 2 : 1))..];
        }
    }

    /// <summary>The data of a frame with one <c>data</c> line.</summary>
    public static ReadOnlyMemory<byte> GetData(ReadOnlyMemory<byte> frame) =>
        frame[(frame.Span[PrefixLength..].IndexOf(BeginData) + PrefixLength + BeginDataLength)..^EndLength];

    /// <summary>The <c>event</c> field of a kind. It is never <c>error</c>, a name that <c>EventSource</c> uses for its own events.</summary>
    public static ReadOnlySpan<byte> GetName(EventKind kind) => kind switch
    {
        EventKind.Started => "started"u8,
        EventKind.Completed => "completed"u8,
        EventKind.Stopped => "stopped"u8,
        EventKind.Failed => "failed"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Segments have no name."),
    };

    private static ReadOnlySpan<byte> BeginData => "\ndata: "u8;

    private static void Append(ReadOnlySpan<byte> source, Span<byte> destination, ref int at)
    {
        source.CopyTo(destination[at..]);
        at += source.Length;
    }
}
