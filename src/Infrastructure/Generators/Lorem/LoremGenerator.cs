using System.Runtime.CompilerServices;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Pacing;

namespace SseStreaming.Infrastructure.Generators.Lorem;

/// <summary>Lorem ipsum for trials and demonstrations, one word per segment.</summary>
internal sealed class LoremGenerator(PacingQueue pacing) : ITextGenerator
{
    public SourceDescription Source { get; } = new("lorem", "Lorem ipsum, one word per segment.")
    {
        Options =
        [
            new("words", OptionType.Integer, "Length of the passage in words.") { Minimum = 1, Maximum = 1_000_000, Default = 100L },
            PaceOption.Create(milliseconds: 50),
            new("seed", OptionType.Integer, "Makes the passage repeatable: a seed always produces the same words.") { Minimum = 0, Maximum = int.MaxValue },
        ],
    };

    public IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        var words = request.Options.Integer("words");
        var passage = new LoremPassage((ulong)(request.Options.OptionalInteger("seed") ?? Random.Shared.Next()));
        return PaceOption.IsNone(request.Options) ? new UnpacedWords(passage, words) : GeneratePacedAsync(passage, words, request.Options, cancellationToken);
    }

    private async IAsyncEnumerable<GeneratedText> GeneratePacedAsync(
        LoremPassage passage, long words, SourceOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var pace = pacing.Begin(options, cancellationToken);
        for (var remaining = words; remaining > 0; remaining--)
        {
            yield return passage.NextWord(isLast: remaining == 1);
            if (remaining > 1)
                await pace.NextAsync();
        }
    }

    /// <summary>Words without pauses. An async iterator would double the cost of a word.</summary>
    private sealed class UnpacedWords(LoremPassage passage, long words) : IAsyncEnumerable<GeneratedText>, IAsyncEnumerator<GeneratedText>
    {
        private long _remaining = words;

        public GeneratedText Current { get; private set; }

        public IAsyncEnumerator<GeneratedText> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync()
        {
            if (_remaining == 0)
                return new(false);
            Current = passage.NextWord(isLast: --_remaining == 0);
            return new(true);
        }

        public ValueTask DisposeAsync() => default;
    }
}
