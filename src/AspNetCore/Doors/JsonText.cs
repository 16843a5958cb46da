using System.Buffers;
using SseStreaming.AspNetCore.Streaming;

namespace SseStreaming.AspNetCore.Doors;

/// <summary>
/// Writes UTF-8 as the content of a JSON string. Only what JSON requires is escaped, which are single bytes, so a text may be written in
/// pieces that end inside a character.
/// </summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, ' ').Select(c => (byte)c), (byte)'"', (byte)'\\']);

    /// <summary>Writes two constants and the text between them, without a copy of the text.</summary>
    public static void Write(ResponseWriter writer, ReadOnlySpan<byte> before, ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> after, int events = 0)
    {
        if (utf8.ContainsAny(Escaped))
        {
            writer.Write(before);
            Write(writer, utf8);
            writer.Write(after, events);
            return;
        }
        var frame = writer.GetSpan(before.Length + utf8.Length + after.Length);
        before.CopyTo(frame);
        utf8.CopyTo(frame[before.Length..]);
        after.CopyTo(frame[(before.Length + utf8.Length)..]);
        writer.Advance(before.Length + utf8.Length + after.Length);
        writer.CountEvents(events);
    }

    public static void Write(ResponseWriter writer, ReadOnlySpan<byte> utf8)
    {
        while (utf8.IndexOfAny(Escaped) is >= 0 and var at)
        {
            writer.Write(utf8[..at]);
            WriteEscape(writer, utf8[at]);
            utf8 = utf8[(at + 1)..];
        }
        writer.Write(utf8);
    }

    private static void WriteEscape(ResponseWriter writer, byte value)
    {
        switch (value)
        {
            case (byte)'"':
                writer.Write("\\\""u8);
                break;
            case (byte)'\\':
                writer.Write("\\\\"u8);
                break;
            case (byte)'\n':
                writer.Write("\\n"u8);
                break;
            case (byte)'\r':
                writer.Write("\\r"u8);
                break;
            case (byte)'\t':
                writer.Write("\\t"u8);
                break;
            default:
                ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
                writer.Write([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', digits[value >> 4], digits[value & 15]]);
                break;
        }
    }
}
