using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using SseStreaming.Domain;

namespace SseStreaming.Api.Auth.Grants;

/// <summary>
/// Writes grants as text, and reads them back: version, stream and expiry, and an HMAC-SHA256 over these. No grant is kept anywhere;
/// every node that has the key accepts it.
/// </summary>
internal sealed class GrantSigner
{
    /// <summary>Length of the text: 57 bytes are base64url without a bit to spare, so there is exactly one text for each grant.</summary>
    public const int TextLength = 76;

    private const byte Version = 1;
    private const int SignedBytes = 25;
    private const int Bytes = SignedBytes + HMACSHA256.HashSizeInBytes;

    private readonly byte[]? _key;

    public GrantSigner(IOptions<AuthOptions> options)
    {
        var auth = options.Value;
        // Derived also from a key of its own: whatever else that key may sign, it is never a grant.
        _key = auth.IsRequired && (auth.ReadGrantKey() ?? auth.ReadSigningKey()) is { } key
            ? HKDF.DeriveKey(HashAlgorithmName.SHA256, key, HMACSHA256.HashSizeInBytes, info: "SseStreaming grant"u8.ToArray())
            : null;
    }

    /// <summary>False without a key: then there are no grants.</summary>
    public bool CanSign => _key is not null;

    /// <summary>The text of a grant, whose expiry is to be in whole seconds.</summary>
    public string Sign(Grant grant)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes[0] = Version;
        grant.StreamId.CopyTo(bytes[1..]);
        BinaryPrimitives.WriteInt64BigEndian(bytes[17..], grant.Expires.ToUnixTimeSeconds());
        HMACSHA256.HashData(_key ?? throw new InvalidOperationException("There is no key."), bytes[..SignedBytes], bytes[SignedBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a text that <see cref="Sign"/> wrote, here or on another node; null for any other. Whether it has expired is not looked at.</summary>
    public Grant? Read(string text)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        // Not the Try… of the framework: that throws at a character which is not of the alphabet.
        if (_key is null || text.Length != TextLength
            || Base64Url.DecodeFromChars(text, bytes, out _, out var written) is not OperationStatus.Done || written != Bytes)
            return null;

        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, bytes[..SignedBytes], signature);
        // Looked at after the signature: bytes that nobody signed decide nothing.
        return CryptographicOperations.FixedTimeEquals(signature, bytes[SignedBytes..]) && bytes[0] == Version
            ? new Grant(StreamId.FromBytes(bytes[1..17]), DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(bytes[17..])))
            : null;
    }
}
