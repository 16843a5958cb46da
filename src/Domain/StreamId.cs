using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace SseStreaming.Domain;

/// <summary>
/// Names one event stream: 128 random bits, written as 22 characters of base64url (RFC 4648, section 5, no padding).
/// It can't be guessed, and it needs no escaping in a URL, a header or a frame.
/// </summary>
public readonly record struct StreamId
{
    /// <summary>Length of the text form, in characters, which are all ASCII.</summary>
    public const int TextLength = 22;

    private const int ByteLength = 16;

    private readonly UInt128 _bits;

    private StreamId(UInt128 bits) => _bits = bits;

    /// <summary>A new id from the operating system's cryptographic random source.</summary>
    public static StreamId New()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        RandomNumberGenerator.Fill(bytes);
        return FromBytes(bytes);
    }

    /// <summary>Reads the text form. There is exactly one text for each id; all else is refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out StreamId id)
    {
        id = default;
        Span<byte> bytes = stackalloc byte[ByteLength];
        if (text.Length != TextLength
            || text.ContainsAnyExcept(Alphabet)
            // The last character carries 4 bits that no byte uses: only zero is canonical.
            || text[^1] is not ('A' or 'Q' or 'g' or 'w')
            || !Base64Url.TryDecodeFromChars(text, bytes, out var written)
            || written != ByteLength)
            return false;

        id = FromBytes(bytes);
        return true;
    }

    /// <summary>Reads the 16 bytes that <see cref="CopyTo"/> wrote.</summary>
    public static StreamId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Writes the 16 bytes of the id.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _bits);

    /// <summary>Writes the text form as ASCII into the first <see cref="TextLength"/> bytes of the destination.</summary>
    public void Format(Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        CopyTo(bytes);
        Base64Url.EncodeToUtf8(bytes, destination);
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        CopyTo(bytes);
        return Base64Url.EncodeToString(bytes);
    }

    private static readonly System.Buffers.SearchValues<char> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}
