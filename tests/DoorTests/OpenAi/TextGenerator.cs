using System.Runtime.CompilerServices;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>A source with a fixed text, which ends as a test wants.</summary>
internal sealed class TextGenerator(string name, IReadOnlyList<string> segments) : ITextGenerator
{
    /// <summary>All that JSON and event streams treat in a special way.</summary>
    public static readonly string[] Difficult =
        ["One\r\ntwo\n", "three\r four", " \"five\"", " \\ six \0 ", "☃ 😀 e", "\u0301\u2028end", "\t\u007f", "data: [DONE]\n\n", " ", "last.\r\n"];

    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TimeSpan Pace { get; init; }

    public GenerationFinish Finish { get; init; } = GenerationFinish.Stop;

    public bool Fails { get; init; }

    /// <summary>True to wait for <see cref="Release"/> before the end.</summary>
    public bool Waits { get; init; }

    public SourceDescription Source { get; } = new(name, "A fixed text.") { TakesMessages = true };

    public string Text => string.Concat(segments);

    /// <summary>The last request.</summary>
    public GenerationRequest? Request { get; private set; }

    public void Release() => _released.TrySetResult();

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Request = request;
        foreach (var segment in segments)
        {
            yield return segment;
            await Task.Delay(Pace, TimeProvider.System, cancellationToken);
        }
        if (Waits)
            await _released.Task.WaitAsync(cancellationToken);
        if (Fails)
            throw new GenerationFailedException(ProblemTypes.UpstreamTimeout, "The source failed.", "It said no.");
        yield return new GeneratedText("", Finish);
    }
}
