using System.Runtime.CompilerServices;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Pacing;

namespace SseStreaming.Infrastructure.Generators;

/// <summary>Lorem ipsum, a word a segment: the text for trying things out.</summary>
internal sealed class LoremGenerator(PacingQueue pacing) : ITextGenerator
{
    public SourceDescription Source { get; } = new("lorem", "Lorem ipsum, a word a segment.")
    {
        Options =
        [
            new("words", OptionType.Integer, "Length of the passage in words.") { Minimum = 1, Maximum = 1_000_000, Default = 100L },
            PaceOption.Of(milliseconds: 50),
            new("seed", OptionType.Integer, "Makes the passage repeatable: the same seed, the same words.") { Minimum = 0, Maximum = int.MaxValue },
        ],
    };

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var words = request.Options.Integer("words");
        var passage = new LoremPassage((ulong)(request.Options.OptionalInteger("seed") ?? Random.Shared.Next()));
        using var pace = pacing.Begin(request.Options, cancellationToken);
        for (var left = words; left > 0; left--)
        {
            yield return passage.Next(isLast: left == 1);
            if (left > 1)
                await pace.NextAsync();
        }
    }
}
