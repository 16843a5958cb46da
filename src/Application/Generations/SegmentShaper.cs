using System.Globalization;

namespace SseStreaming.Application.Generations;

/// <summary>
/// Moves the cuts between segments, so that no segment ends inside a CRLF or a grapheme (Unicode UAX #29): the end of a piece that may be
/// incomplete is held back until the next piece.
/// </summary>
/// <remarks>
/// Text that ends in ASCII is not held back, because it would delay each word. A combining mark in the piece after its ASCII letter is
/// therefore in another segment (docs/decisions/0005-where-segments-are-cut.md).
/// </remarks>
/// <param name="held">The text that an earlier node held back.</param>
internal sealed class SegmentShaper(string held = "")
{
    /// <summary>A longer grapheme, in code units, is cut, so that the held-back text has a limit.</summary>
    private const int MaxGraphemeLength = 1024;

    private string _held = held;

    /// <summary>Returns the held-back text and the new piece up to the cut, and holds back the rest.</summary>
    public string Shape(string text)
    {
        if (_held.Length > 0)
            text = _held + text;
        var cut = FindCut(text);
        _held = cut == text.Length ? "" : text[cut..];
        return cut == text.Length ? text : text[..cut];
    }

    /// <summary>The end of the last piece, which is held back.</summary>
    public string Held => _held;

    /// <summary>True if held-back text may be shown before its continuation arrives.</summary>
    public bool HoldsShowableText => FindShowableEnd() > 0;

    /// <summary>Returns the held-back text that may be shown before its continuation arrives. That becomes another segment then.</summary>
    public string Release()
    {
        var end = FindShowableEnd();
        var text = _held[..end];
        _held = _held[end..];
        return text;
    }

    /// <summary>Returns the held-back text; to be called when no piece follows.</summary>
    public string Flush()
    {
        var held = _held;
        _held = "";
        return held;
    }

    /// <summary>A CR stays held, because viewers would see two line breaks for a CRLF that is cut; half of a character can't be shown.</summary>
    private int FindShowableEnd() => _held.Length > 0 && (_held[^1] == '\r' || char.IsHighSurrogate(_held[^1])) ? _held.Length - 1 : _held.Length;

    /// <summary>Where a piece of text may be cut before its end; zero if only its end is complete.</summary>
    public static int FindCut(ReadOnlySpan<char> text)
    {
        if (text.Length == 0)
            return 0;
        if (text[^1] == '\r')
            return text.Length - 1;
        if (char.IsAscii(text[^1]))
            return text.Length;

        // A high surrogate may become any character, even a mark that belongs to the grapheme before it.
        var end = char.IsHighSurrogate(text[^1]) ? text.Length - 1 : text.Length;
        // A grapheme that begins with a control character has no other character, except CRLF.
        if (end == 0 || char.IsControl(text[end - 1]))
            return end;

        var at = FindScanStart(text[..end]);
        var last = at;
        while (at < end)
        {
            last = at;
            at += StringInfo.GetNextTextElementLength(text[at..end]);
        }
        return end - last > MaxGraphemeLength ? end : last;
    }

    /// <summary>
    /// Where to start the search for the last grapheme: at the second of two ASCII characters. A single ASCII character may belong to the
    /// grapheme before it, like a digit after an Arabic number sign.
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
