namespace SseStreaming.Application.Events;

/// <summary>The data <c>[END]</c>, which follows the terminal event. A simple client stops at the first message with this data.</summary>
internal static class EndSentinel
{
    private const string Text = "[END]";

    /// <summary>Where to cut a segment that a client would mistake for the sentinel; zero if it need not be cut.</summary>
    public static int FindCut(ReadOnlySpan<char> segment)
    {
        var start = 0;
        while (start < segment.Length && IsTrimmed(segment[start]))
            start++;
        // In most segments the first or second character is neither white space nor a bracket, so the search ends here.
        if (!segment[start..].StartsWith(Text, StringComparison.Ordinal))
            return 0;
        foreach (var c in segment[(start + Text.Length)..])
        {
            if (!IsTrimmed(c))
                return 0;
        }
        return start + 1;
    }

    /// <summary>True for every character that <c>trim</c> removes in JavaScript, and for those that it removes in other languages.</summary>
    private static bool IsTrimmed(char c) => c <= ' ' || (c >= '\x7f' && (char.IsWhiteSpace(c) || c is '\uFEFF' or '\u200B' or '\u180E'));
}
