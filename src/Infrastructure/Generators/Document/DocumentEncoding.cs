using System.Buffers.Binary;
using System.Text;

namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>The encoding of a document: UTF-8, unless it has another byte order mark.</summary>
/// <param name="Encoding">Replaces invalid bytes by U+FFFD.</param>
/// <param name="MarkLength">Length of the byte order mark in bytes; 0 if there is none.</param>
internal sealed record DocumentEncoding(Encoding Encoding, int MarkLength)
{
    /// <summary>Length of the longest byte order mark.</summary>
    public const int MaxMarkLength = 4;

    // UTF-32 first, because the mark of UTF-16 is a prefix of it.
    private static readonly Encoding[] Marked =
        [Encoding.UTF32, new UTF32Encoding(bigEndian: true, byteOrderMark: true), Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode];

    /// <param name="start">The first bytes of the document.</param>
    public static DocumentEncoding Detect(ReadOnlySpan<byte> start)
    {
        foreach (var encoding in Marked)
        {
            if (start.StartsWith(encoding.Preamble))
                return new DocumentEncoding(encoding, encoding.Preamble.Length);
        }
        return new DocumentEncoding(Encoding.UTF8, MarkLength: 0);
    }

    /// <summary>
    /// Length of the leading part of some bytes that ends before an incomplete character. The parts of a document decode to the
    /// same text as the whole, invalid bytes included.
    /// </summary>
    public int FindCompleteLength(ReadOnlySpan<byte> bytes) => Encoding switch
    {
        UTF32Encoding => bytes.Length - (bytes.Length % 4),
        UnicodeEncoding => FindCompleteUtf16Length(bytes),
        _ => FindCompleteUtf8Length(bytes),
    };

    private int FindCompleteUtf16Length(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.Length - (bytes.Length % 2);
        if (length == 0)
            return 0;
        var last = bytes[(length - 2)..];
        var unit = (char)(Encoding == Encoding.BigEndianUnicode ? BinaryPrimitives.ReadUInt16BigEndian(last) : BinaryPrimitives.ReadUInt16LittleEndian(last));
        return char.IsHighSurrogate(unit) ? length - 2 : length;
    }

    private static int FindCompleteUtf8Length(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var value = bytes[^back];
            if (IsContinuation(value))
                continue;
            return GetSequenceLength(value) > back ? bytes.Length - back : bytes.Length;
        }
        return bytes.Length;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;

    private static int GetSequenceLength(byte first) => first switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
}
