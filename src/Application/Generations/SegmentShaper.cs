using System.Globalization;

namespace SseStreaming.Application.Generations;

/// <summary>
/// Moves the cuts between segments to where nothing is torn: a piece of text that may end in the middle of a CRLF or of a
/// grapheme (Unicode UAX #29) gives up its end to the next one.
/// </summary>
/// <remarks>
/// Text that ends in ASCII is never held back, for a word must show when it comes. The price: a combining mark that arrives in
/// a piece after its ASCII letter is a segment of its own (docs/decisions/0005-where-segments-are-cut.md).
/// </remarks>
internal sealed class SegmentShaper
{
    /// <summary>A grapheme of more code units than this is let go in parts, so that nothing is held back without end.</summary>
    private const int MaxGraphemeLength = 1024;

    private string _held = "";

    /// <summary>The part of all that was given until now which can be shown; the rest waits.</summary>
    public string Shape(string text)
    {
        if (_held.Length > 0)
            text = _held + text;
        var cut = FindCut(text);
        _held = cut == text.Length ? "" : text[cut..];
        return cut == text.Length ? text : text[..cut];
    }

    /// <summary>What was held back, when nothing comes after it.</summary>
    public string Flush()
    {
        var held = _held;
        _held = "";
        return held;
    }

    private static int FindCut(string text)
    {
        if (text.Length == 0)
            return 0;
        if (text[^1] == '\r')
            return text.Length - 1;
        if (char.IsAscii(text[^1]))
            return text.Length;

        // A half of a surrogate pair may turn out to be anything, a mark of what stands before it included.
        var end = char.IsHighSurrogate(text[^1]) ? text.Length - 1 : text.Length;
        // Nothing belongs to a control character but the LF after a CR.
        if (end == 0 || char.IsControl(text[end - 1]))
            return end;

        var at = FindScanStart(text.AsSpan(0, end));
        var last = at;
        while (at < end)
        {
            last = at;
            at += StringInfo.GetNextTextElementLength(text.AsSpan(at, end - at));
        }
        return end - last > MaxGraphemeLength ? end : last;
    }

    /// <summary>
    /// Where to begin to look for graphemes: not far back, at the second of two ASCII characters. A single one may belong to what
    /// stands before it, as a digit does to an Arabic number sign.
    /// </summary>
    private static int FindScanStart(ReadOnlySpan<char> text)
    {
        var at = text.Length;
        do
            at = text[..at].LastIndexOfAnyInRange('\0', '\x7f');
        while (at > 0 && !char.IsAscii(text[at - 1]));
        return Math.Max(0, at);
    }
}
