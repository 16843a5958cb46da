using System.Runtime.CompilerServices;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Pacing;

namespace SseStreaming.Infrastructure.Generators.Lorem;

/// <summary>Lorem ipsum, a word a segment: the text for trying things out.</summary>
internal sealed class LoremGenerator(PacingQueue pacing) : ITextGenerator
{
    public SourceDescription Source { get; } = new("lorem", "Lorem ipsum, a word a segment.")
    {
        Options =
        [
            new("words", OptionType.Integer, "Length of the passage in words.") { Minimum = 1, Maximum = 1_000_000, Default = 100L },
            PaceOption.Create(milliseconds: 50),
            new("seed", OptionType.Integer, "Makes the passage repeatable: the same seed, the same words.") { Minimum = 0, Maximum = int.MaxValue },
        ],
    };

    public IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        var words = request.Options.Integer("words");
        var passage = new LoremPassage((ulong)(request.Options.OptionalInteger("seed") ?? Random.Shared.Next()));
        return PaceOption.IsNone(request.Options) ? new WordsAtHand(passage, words) : PacedWords(passage, words, request.Options, cancellationToken);
    }

    private async IAsyncEnumerable<GeneratedText> PacedWords(
        LoremPassage passage, long words, SourceOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var pace = pacing.Begin(options, cancellationToken);
        for (var left = words; left > 0; left--)
        {
            yield return passage.Next(isLast: left == 1);
            if (left > 1)
                await pace.NextAsync();
        }
    }

    /// <summary>The words without a pause: a step of an async iterator costs as much as all else that a word needs.</summary>
    private sealed class WordsAtHand(LoremPassage passage, long words) : IAsyncEnumerable<GeneratedText>, IAsyncEnumerator<GeneratedText>
    {
        private long _left = words;

        public GeneratedText Current { get; private set; }

        public IAsyncEnumerator<GeneratedText> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync()
        {
            if (_left == 0)
                return new(false);
            Current = passage.Next(isLast: --_left == 0);
            return new(true);
        }

        public ValueTask DisposeAsync() => default;
    }
}
