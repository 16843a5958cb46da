using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace SseStreaming.UnitTests.Testing;

/// <summary>Random texts that are difficult to frame and to cut.</summary>
internal static class Texts
{
    private static readonly string[] Pieces =
    [
        "", " ", "  ", "\t", "word", " word", "word ", "Hello, world.", "\r", "\n", "\r\n", "\n\r", "\r\r\n", "\0", "\x1b", "\x7f",
        "data: x", "data", "id: 7", "event: failed", "retry: 1", ": comment", ":", "[END]",
        "\uFEFF", "\uFFFD", "\u2028", "\u0085", "é", "e\u0301", "\u0301", "ñandú", "ß", "中文", "日本語", "한국어", "\u1112\u1161\u11ab", "\u1161",
        "नमस्ते", "க்ஷி", "สวัสดี", "\u0600", "\u0600a\u0301", "مرحبا", "שלום", "\u200d", "\u200e",
        "😀", "👍🏽", "🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🇩", "🇪🇸🇫", "𝒳", "\U000E0100", "\uD83D", "\uDE00", "\uD800", "\uDFFF",
    ];

    /// <summary>A difficult piece, or some ASCII letters.</summary>
    public static Gen<string> Piece { get; } = Gen.Frequency(
        (4, Gen.Elements(Pieces)),
        (1, Gen.Choose(1, 12).Select(length => new string('x', length))));

    /// <summary>A list of such pieces: a text, and one way to cut it.</summary>
    public static Gen<string[]> Cuttings { get; } = Gen.ArrayOf(Piece);

    public static Gen<string> Any { get; } = Cuttings.Select(string.Concat);

    /// <summary>A text cut between any two code units, also inside of surrogate pairs.</summary>
    public static Gen<string[]> WildCuttings { get; } = Any.SelectMany(
        text => Gen.ArrayOf(Gen.Choose(0, text.Length)),
        (text, cuts) => Cut(text, cuts));

    /// <summary>What UTF-8 keeps of a text: a surrogate without its other half becomes U+FFFD.</summary>
    public static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>What SSE keeps of a text: CR and CRLF become LF.</summary>
    public static string OnTheWire(string text) =>
        WellFormed(text).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    /// <summary>Where the graphemes of a text begin, and its end.</summary>
    public static HashSet<int> Boundaries(string text) => [.. StringInfo.ParseCombiningCharacters(text), text.Length];

    private static string[] Cut(string text, int[] cuts)
    {
        int[] ends = [.. cuts.Order(), text.Length];
        return [.. ends.Select((end, i) => text[(i == 0 ? 0 : ends[i - 1])..end])];
    }
}
