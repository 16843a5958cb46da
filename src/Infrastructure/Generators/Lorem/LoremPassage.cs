using System.Runtime.CompilerServices;

namespace SseStreaming.Infrastructure.Generators.Lorem;

/// <summary>Words of lorem ipsum in sentences and paragraphs. A seed produces the same passage in every version.</summary>
internal sealed class LoremPassage(ulong seed)
{
    private const string Vocabulary = """
        lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua
        enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat duis aute irure in
        reprehenderit voluptate velit esse cillum eu fugiat nulla pariatur excepteur sint occaecat cupidatat non proident sunt
        culpa qui officia deserunt mollit anim id est laborum
        """;

    private const int VocabularyWords = 63;

    private const int OpeningWords = 5;

    /// <summary>All words in all their forms, so that a segment needs no new string.</summary>
    private static readonly Word[] Words =
        [.. Vocabulary.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(word => new Word(word))];

    private ulong _state = seed;
    private int _count;
    private int _leftInSentence;
    private int _leftInParagraph;

    /// <summary>The next word, with the white space before it and the punctuation after it.</summary>
    public string NextWord(bool isLast)
    {
        var word = Words[_count < OpeningWords ? _count : (int)NextBelow(VocabularyWords)];
        var isFirst = _count++ == 0;
        var beginsSentence = _leftInSentence == 0;
        var beginsParagraph = false;
        if (beginsSentence)
        {
            beginsParagraph = _leftInParagraph == 0;
            _leftInParagraph = (beginsParagraph ? 4 + (int)NextBelow(4) : _leftInParagraph) - 1;
            _leftInSentence = 6 + (int)NextBelow(10);
        }
        _leftInSentence--;

        var ending = isLast || _leftInSentence == 0 ? Word.Stop
            : _count >= OpeningWords && _leftInSentence > 2 && NextBelow(9) == 0 ? Word.Comma
            : Word.None;
        var beginning = isFirst ? Word.Opening : beginsParagraph ? Word.Paragraph : beginsSentence ? Word.Sentence : Word.Inside;
        return word[beginning, ending];
    }

    /// <summary>A number below a bound, from SplitMix64 (Steele, Lea and Flood, 2014); the framework's generators may change their sequence.</summary>
    // Inlined, because the modulo of a constant is then compiled to a multiplication.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint NextBelow(uint bound)
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (uint)((z ^ (z >> 31)) % bound);
    }

    private sealed class Word
    {
        public const int Opening = 0;
        public const int Paragraph = 1;
        public const int Sentence = 2;
        public const int Inside = 3;

        public const int None = 0;
        public const int Comma = 1;
        public const int Stop = 2;

        private readonly string[] _forms = new string[12];

        public Word(string word)
        {
            var capital = char.ToUpperInvariant(word[0]) + word[1..];
            string[] beginnings = [capital, "\n\n" + capital, " " + capital, " " + word];
            string[] endings = ["", ",", "."];
            for (var i = 0; i < _forms.Length; i++)
                _forms[i] = beginnings[i / endings.Length] + endings[i % endings.Length];
        }

        public string this[int beginning, int ending] => _forms[(beginning * 3) + ending];
    }
}
