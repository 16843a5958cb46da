using System.Runtime.CompilerServices;
using SseStreaming.Application.Generations;

namespace SseStreaming.Application.Sources;

/// <summary>A source that is a function.</summary>
internal sealed class DelegateGenerator(
    SourceDescription source, Func<GenerationRequest, CancellationToken, IAsyncEnumerable<string>> generate) : ITextGenerator
{
    public SourceDescription Source => source;

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var text in generate(request, cancellationToken).WithCancellation(cancellationToken))
            yield return text;
    }
}
