namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>
/// Skips the text so far where a server sends it again before the rest: Mistral does so, and a server that does not continue texts may.
/// The text is held back while it is equal, and passed on if it turns out to be a different one.
/// </summary>
internal sealed class RepetitionFilter(string textSoFar, ContinueMethod method)
{
    /// <summary>A text may begin its second part with the same few words as its first. With <c>prefix</c>, a repetition is the usual answer.</summary>
    private const int MinLength = 32;

    private int _equal;
    private bool _isDecided = textSoFar.Length < (method is ContinueMethod.Prefix ? 1 : MinLength);

    /// <summary>What is to be passed on after the next piece of the answer.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="hasSkipped">True if the whole text so far was skipped with this piece.</param>
    public string Add(string piece, out bool hasSkipped)
    {
        hasSkipped = false;
        if (_isDecided)
            return piece;
        var length = Math.Min(piece.Length, textSoFar.Length - _equal);
        if (!textSoFar.AsSpan(_equal, length).SequenceEqual(piece.AsSpan(0, length)))
            return Release() + piece;
        _equal += length;
        hasSkipped = _isDecided = _equal == textSoFar.Length;
        return piece[length..];
    }

    /// <summary>What is still held back at the end of the answer.</summary>
    public string Release()
    {
        var held = _isDecided ? "" : textSoFar[.._equal];
        _isDecided = true;
        return held;
    }
}
