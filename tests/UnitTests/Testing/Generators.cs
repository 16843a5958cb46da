using System.Runtime.CompilerServices;
using Moq;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.UnitTests.Testing;

/// <summary>Text generators for tests.</summary>
internal static class Generators
{
    public static ITextGenerator Create(Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate, string name = "test") =>
        Create(new SourceDescription(name, "A test."), generate);

    public static ITextGenerator Create(SourceDescription source, Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate) =>
        Mock(source, generate).Object;

    /// <summary>The mock, for tests that verify its calls or change its results.</summary>
    public static Mock<ITextGenerator> Mock(SourceDescription source, Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate)
    {
        var generator = new Mock<ITextGenerator>();
        generator.Setup(it => it.Source).Returns(source);
        generator.Setup(it => it.GenerateAsync(It.IsAny<GenerationRequest>(), It.IsAny<CancellationToken>()))
            .Returns((GenerationRequest _, CancellationToken cancellationToken) => generate(cancellationToken));
        return generator;
    }

    /// <summary>Some texts, without a wait.</summary>
    public static Func<CancellationToken, IAsyncEnumerable<GeneratedText>> Texts(params string[] texts) =>
        _ => texts.Select(GeneratedText.FromString).ToAsyncEnumerable();

    /// <summary>Some texts, then an exception.</summary>
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

    /// <summary>Some texts, then a wait until the generation is stopped.</summary>
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
