using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>
/// Expands a compressed answer. Compression is not asked for, but proxies compress all the same, and leave the header out, or
/// leave it in after they have expanded: the first bytes count more than the header.
/// </summary>
internal static class ContentDecoder
{
    private const int PrefixBytes = 4;

    /// <summary>The body as it was before it was compressed. The result owns the body.</summary>
    public static async ValueTask<Stream> OpenAsync(Stream body, string? encoding, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(body);
        try
        {
            var start = await reader.ReadAtLeastAsync(PrefixBytes, cancellationToken);
            var prefix = start.Buffer.Slice(0, Math.Min(PrefixBytes, start.Buffer.Length)).ToArray();
            reader.AdvanceTo(start.Buffer.Start);
            return Expand(reader.AsStream(), prefix, encoding ?? "");
        }
        catch
        {
            await reader.CompleteAsync();
            throw;
        }
    }

    private static Stream Expand(Stream body, ReadOnlySpan<byte> prefix, string encoding) =>
        prefix.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? new GZipStream(body, CompressionMode.Decompress)
        : IsText(prefix) ? body
        : encoding.Contains("br", StringComparison.OrdinalIgnoreCase) ? new BrotliStream(body, CompressionMode.Decompress)
        : IsZLib(prefix) ? new ZLibStream(body, CompressionMode.Decompress)
        : encoding.Contains("deflate", StringComparison.OrdinalIgnoreCase) ? new DeflateStream(body, CompressionMode.Decompress)
        : body;

    /// <summary>True for the beginnings of events and JSON, which are those of no compressed text.</summary>
    private static bool IsText(ReadOnlySpan<byte> prefix) =>
        prefix is [(byte)'{', ..] || prefix.StartsWith("data"u8) || prefix.StartsWith("even"u8) || prefix.StartsWith("id:"u8) || prefix.StartsWith("retr"u8)
        || prefix.StartsWith(": "u8) || prefix.StartsWith(":\n"u8);

    /// <summary>The header of zlib: method 8, and a number that 31 divides.</summary>
    private static bool IsZLib(ReadOnlySpan<byte> prefix) => prefix is [var method, var flags, ..] && (method & 0x0f) == 8 && ((method << 8) | flags) % 31 == 0;
}
