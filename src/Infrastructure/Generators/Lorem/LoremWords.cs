namespace SseStreaming.Infrastructure.Generators.Lorem;

/// <summary>The words of one generation, from the first one or from within the passage.</summary>
internal sealed class LoremWords(ulong seed, long count)
{
    private readonly LoremPassage _passage = new(seed);
    private long _remaining = count;
    private string? _partialWord;

    public bool IsAtEnd => _remaining == 0 && _partialWord is null;

    public string Next()
    {
        if (_partialWord is not { } word)
            return _passage.NextWord(isLast: --_remaining == 0);
        _partialWord = null;
        return word;
    }

    /// <summary>Skips characters that were generated before; false if the passage is shorter.</summary>
    public bool TrySkip(long characters)
    {
        while (characters > 0)
        {
            if (IsAtEnd)
                return false;
            var word = Next();
            if (word.Length > characters)
                _partialWord = word[(int)characters..];
            characters -= word.Length;
        }
        return true;
    }
}
