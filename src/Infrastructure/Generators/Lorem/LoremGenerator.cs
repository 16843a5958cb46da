using System.Globalization;
using System.Runtime.CompilerServices;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Pacing;

namespace SseStreaming.Infrastructure.Generators.Lorem;

/// <summary>Lorem ipsum for trials and demonstrations, one word per segment. The checkpoint is the seed, set once.</summary>
internal sealed class LoremGenerator(PacingQueue pacing) : IResumableGenerator
{
    public ContinuationMode Continuation => ContinuationMode.AtOnce;

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
        var seed = (ulong)(request.Options.OptionalInteger("seed") ?? Random.Shared.Next());
        var words = new LoremWords(seed, request.Options.Integer("words"));
        return Generate(words, seed.ToString(CultureInfo.InvariantCulture), request.Options, cancellationToken);
    }

    public IAsyncEnumerable<GeneratedText> ContinueAsync(GenerationRequest request, ContinuationPoint point, CancellationToken cancellationToken)
    {
        if (!ulong.TryParse(point.Checkpoint, NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
            throw CreateFailure();
        var words = new LoremWords(seed, request.Options.Integer("words"));
        // The longest passage of a million words takes about 10 ms.
        if (!words.TrySkip(point.Characters))
            throw CreateFailure();
        return Generate(words, checkpoint: null, request.Options, cancellationToken);
    }

    private IAsyncEnumerable<GeneratedText> Generate(LoremWords words, string? checkpoint, SourceOptions options, CancellationToken cancellationToken) =>
        PaceOption.IsNone(options) ? new UnpacedWords(words, checkpoint) : GeneratePacedAsync(words, checkpoint, options, cancellationToken);

    private async IAsyncEnumerable<GeneratedText> GeneratePacedAsync(
        LoremWords words, string? checkpoint, SourceOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var pace = pacing.Begin(options, cancellationToken);
        while (!words.IsAtEnd)
        {
            yield return new GeneratedText(words.Next(), Checkpoint: checkpoint);
            checkpoint = null;
            if (!words.IsAtEnd)
                await pace.NextAsync();
        }
    }

    private static GenerationFailedException CreateFailure() =>
        new(ProblemTypes.SourceFailed, "The text could not be continued.", "The state of the interrupted generation is not valid. The text up to here is complete.");

    /// <summary>Words without pauses. An async iterator would double the cost of a word.</summary>
    private sealed class UnpacedWords(LoremWords words, string? checkpoint) : IAsyncEnumerable<GeneratedText>, IAsyncEnumerator<GeneratedText>
    {
        private string? _checkpoint = checkpoint;

        public GeneratedText Current { get; private set; }

        public IAsyncEnumerator<GeneratedText> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync()
        {
            if (words.IsAtEnd)
                return new(false);
            Current = new GeneratedText(words.Next(), Checkpoint: _checkpoint);
            _checkpoint = null;
            return new(true);
        }

        public ValueTask DisposeAsync() => default;
    }
}
