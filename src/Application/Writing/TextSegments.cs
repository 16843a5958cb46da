using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;

namespace SseStreaming.Application.Writing;

/// <summary>Cuts the text of an append into segments: usually it is one.</summary>
internal static class TextSegments
{
    /// <summary>A longer text becomes several segments, so that a viewer sees its beginning early.</summary>
    public const int MaxCharacters = 8 * 1024;

    public static void Add(string text, List<ReadOnlyMemory<char>> segments)
    {
        for (var rest = text.AsMemory(); !rest.IsEmpty;)
        {
            var length = rest.Length <= MaxCharacters ? rest.Length : FindCut(rest.Span);
            AddSegment(rest[..length], segments);
            rest = rest[length..];
        }
    }

    /// <summary>Where to cut a text that is too long for one segment: not inside a CRLF or a grapheme.</summary>
    private static int FindCut(ReadOnlySpan<char> text)
    {
        // With the next character, which may belong to the grapheme before it.
        var cut = SegmentShaper.FindCut(text[..(MaxCharacters + 1)]);
        return cut is > 0 and <= MaxCharacters ? cut
            : text[MaxCharacters] == '\n' && text[MaxCharacters - 1] == '\r' ? MaxCharacters - 1
            : MaxCharacters;
    }

    /// <summary>Adds one segment, or two if a simple client would mistake one for the end sentinel.</summary>
    private static void AddSegment(ReadOnlyMemory<char> segment, List<ReadOnlyMemory<char>> segments)
    {
        var cut = EndSentinel.FindCut(segment.Span);
        if (cut > 0)
            segments.Add(segment[..cut]);
        segments.Add(segment[cut..]);
    }
}
