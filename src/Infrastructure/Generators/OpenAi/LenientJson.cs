using System.Buffers;
using System.Text.Json;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>
/// Parses JSON as model servers write it: with values that are too deep for the framework's parser, and with the <c>NaN</c> and
/// <c>Infinity</c> of Python. Such values are only ever in fields that are not read here.
/// </summary>
internal static class LenientJson
{
    /// <summary>Deeper values become null. The parser's time grows with the square of the depth.</summary>
    private const int MaxDepth = 48;

    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The document, which refers to the bytes; null if they are not one JSON value.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> json) => TryParse(json) ?? TryParse(Repair(json.Span));

    /// <summary>True for one whole JSON value.</summary>
    public static bool IsComplete(ReadOnlySpan<byte> json) => Scan(json, isFinalBlock: true);

    /// <summary>True for the beginning of a JSON value whose rest is missing.</summary>
    public static bool IsIncomplete(ReadOnlySpan<byte> json) => !IsComplete(json) && Scan(json, isFinalBlock: false);

    private static bool Scan(ReadOnlySpan<byte> json, bool isFinalBlock)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock, new JsonReaderState(new JsonReaderOptions
        {
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
            MaxDepth = int.MaxValue,
        }));
        try
        {
            while (reader.Read())
            {
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonDocument? TryParse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte> Repair(ReadOnlySpan<byte> json)
    {
        var repaired = new ArrayBufferWriter<byte>(Math.Max(json.Length, 1));
        var depth = 0;
        for (var i = 0; i < json.Length;)
        {
            var rest = json[i..];
            var notANumber = rest.StartsWith("NaN"u8) ? 3 : rest.StartsWith("Infinity"u8) ? 8 : 0;
            var length = notANumber > 0 ? notANumber : rest[0] == '"' ? LengthOfString(rest) : 1;
            if (rest[0] is (byte)'{' or (byte)'[' && ++depth == MaxDepth + 1)
                repaired.Write("null"u8);
            if (depth <= MaxDepth)
                repaired.Write(notANumber > 0 ? "0"u8 : rest[..length]);
            if (rest[0] is (byte)'}' or (byte)']')
                depth--;
            i += length;
        }
        return repaired.WrittenMemory;
    }

    private static int LengthOfString(ReadOnlySpan<byte> json)
    {
        var i = 1;
        while (i < json.Length && json[i] != '"')
            i += json[i] == '\\' ? 2 : 1;
        return Math.Min(i + 1, json.Length);
    }
}
