using System.Runtime.CompilerServices;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.DoorTests.AiSdk;

/// <summary>A source that fails after some text.</summary>
internal sealed class FailingGenerator : ITextGenerator
{
    public const string Name = "failing";

    public SourceDescription Source { get; } = new(Name, "Fails after some text.");

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return "Some text";
        await Task.Yield();
        throw new GenerationFailedException(ProblemTypes.SourceFailed, "The source failed.", "It said no.");
    }
}
