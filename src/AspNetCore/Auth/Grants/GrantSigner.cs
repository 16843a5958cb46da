using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Auth.Grants;

/// <summary>
/// Encodes and decodes grants: version, stream and expiry, and an HMAC-SHA256 of these. Grants are not stored; every node with the
/// key accepts them.
/// </summary>
internal sealed class GrantSigner
{
    /// <summary>Length of the text. 57 bytes fill base64url exactly, so each grant has exactly one text.</summary>
    public const int TextLength = 76;

    private const byte Version = 1;
    private const int SignedBytes = 25;
    private const int Bytes = SignedBytes + HMACSHA256.HashSizeInBytes;

    private readonly byte[]? _key;

    public GrantSigner(IOptions<TextStreamsOptions> options)
    {
        // Derived, so that no other use of the same key produces a valid grant.
        _key = options.Value.GrantKey is { } key
            ? HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key), HMACSHA256.HashSizeInBytes, info: "SseStreaming grant"u8.ToArray())
            : null;
    }

    /// <summary>False without a key.</summary>
    public bool CanSign => _key is not null;

    /// <summary>The text of a grant. Its expiry must be in whole seconds.</summary>
    public string Sign(Grant grant)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes[0] = Version;
        grant.StreamId.CopyTo(bytes[1..]);
        BinaryPrimitives.WriteInt64BigEndian(bytes[17..], grant.Expires.ToUnixTimeSeconds());
        HMACSHA256.HashData(_key ?? throw new InvalidOperationException("There is no key."), bytes[..SignedBytes], bytes[SignedBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Decodes a text that <see cref="Sign"/> wrote on any node; null for any other text. It does not check the expiry.</summary>
    public Grant? Read(string text)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        // The framework's Try methods throw for a character outside the alphabet.
        if (_key is null || text.Length != TextLength
            || Base64Url.DecodeFromChars(text, bytes, out _, out var written) is not OperationStatus.Done || written != Bytes)
            return null;

        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, bytes[..SignedBytes], signature);
        // The version is read only if the signature is valid.
        return CryptographicOperations.FixedTimeEquals(signature, bytes[SignedBytes..]) && bytes[0] == Version
            ? new Grant(StreamId.FromBytes(bytes[1..17]), DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(bytes[17..])))
            : null;
    }
}
