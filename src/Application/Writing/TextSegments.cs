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
            var length = rest.Length <= MaxCharacters ? rest.Length : SegmentShaper.FindCut(rest.Span[..MaxCharacters]);
            // A grapheme can't be longer than a segment, so this is one without a cut in it.
            length = length == 0 ? MaxCharacters : length;
            AddSegment(rest[..length], segments);
            rest = rest[length..];
        }
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
