using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace SseStreaming.Domain;

/// <summary>
/// The id of an event stream: 128 random bits, written as 22 characters of base64url (RFC 4648, section 5, no padding).
/// It can't be guessed, and needs no escaping in a URL, a header or a frame.
/// </summary>
public readonly record struct StreamId
{
    /// <summary>Length of the text form in characters, which are ASCII.</summary>
    public const int TextLength = 22;

    private const int ByteLength = 16;

    // Not one UInt128: a method with one in its signature, or in that of a method that it calls, is never compiled ahead of time, which
    // was most of the path of a stream (docs/decisions/0023-what-a-start-costs.md).
    private readonly ulong _high;
    private readonly ulong _low;

    private StreamId(ulong high, ulong low)
    {
        _high = high;
        _low = low;
    }

    /// <summary>Creates an id with a cryptographic random number generator.</summary>
    public static StreamId New()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        RandomNumberGenerator.Fill(bytes);
        return FromBytes(bytes);
    }

    /// <summary>Parses the text form. Each id has exactly one text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out StreamId id)
    {
        id = default;
        Span<byte> bytes = stackalloc byte[ByteLength];
        if (text.Length != TextLength
            || text.ContainsAnyExcept(Alphabet)
            // The last 4 bits of the last character are unused, and must be zero.
            || text[^1] is not ('A' or 'Q' or 'g' or 'w')
            || !Base64Url.TryDecodeFromChars(text, bytes, out var written)
            || written != ByteLength)
            return false;

        id = FromBytes(bytes);
        return true;
    }

    /// <summary>Creates an id from the 16 bytes that <see cref="CopyTo"/> wrote.</summary>
    public static StreamId FromBytes(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[sizeof(ulong)..]));

    /// <summary>Writes the 16 bytes of the id.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[sizeof(ulong)..], _low);
    }

    /// <summary>Writes the text form as ASCII into the first <see cref="TextLength"/> bytes of the destination.</summary>
    public void Format(Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        CopyTo(bytes);
        Base64Url.EncodeToUtf8(bytes, destination);
    }

    /// <summary>The text form: 22 URL-safe characters.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        CopyTo(bytes);
        return Base64Url.EncodeToString(bytes);
    }

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}
