using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>A source whose text a test writes as an iterator.</summary>
internal sealed class CallbackGenerator(
    string name, Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate, PromptUse prompt = PromptUse.Ignored) : ITextGenerator
{
    public SourceDescription Source { get; } = new(name, "Runs the code of a test.") { Prompt = prompt };

    public IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken) =>
        generate(cancellationToken);
}
