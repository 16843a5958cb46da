using System.Runtime.CompilerServices;
using Moq;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.UnitTests.Support;

/// <summary>Text generators that do what a test needs.</summary>
internal static class Generators
{
    public static ITextGenerator Of(Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate, string name = "test") =>
        Of(new SourceDescription(name, "A test."), generate);

    public static ITextGenerator Of(SourceDescription source, Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate) =>
        Mock(source, generate).Object;

    /// <summary>The mock itself, for tests that look at how it was called or change its answers.</summary>
    public static Mock<ITextGenerator> Mock(SourceDescription source, Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate)
    {
        var generator = new Mock<ITextGenerator>();
        generator.Setup(it => it.Source).Returns(source);
        generator.Setup(it => it.GenerateAsync(It.IsAny<GenerationRequest>(), It.IsAny<CancellationToken>()))
            .Returns((GenerationRequest _, CancellationToken cancellationToken) => generate(cancellationToken));
        return generator;
    }

    /// <summary>Some texts, all at hand at once.</summary>
    public static Func<CancellationToken, IAsyncEnumerable<GeneratedText>> Texts(params string[] texts) =>
        _ => texts.Select(GeneratedText.FromString).ToAsyncEnumerable();

    /// <summary>Some texts and then a fault.</summary>
    public static Func<CancellationToken, IAsyncEnumerable<GeneratedText>> Failing(Exception fault, params string[] texts)
    {
        return _ => Generate();

        async IAsyncEnumerable<GeneratedText> Generate()
        {
            foreach (var text in texts)
                yield return text;
            await Task.Yield();
            throw fault;
        }
    }

    /// <summary>Some texts and then a wait until the generation is stopped.</summary>
    public static Func<CancellationToken, IAsyncEnumerable<GeneratedText>> Waiting(params string[] texts)
    {
        return Generate;

        async IAsyncEnumerable<GeneratedText> Generate([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var text in texts)
                yield return text;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }
}
