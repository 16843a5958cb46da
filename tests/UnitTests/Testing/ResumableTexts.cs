using System.Globalization;
using System.Runtime.CompilerServices;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A generator of fixed pieces, whose checkpoint is the number of pieces so far. It waits before a piece for as long as a test wants.</summary>
internal sealed class ResumableTexts(params string[] pieces) : IResumableGenerator
{
    private int _calls;

    public ContinuationMode Continuation { get; init; } = ContinuationMode.AtOnce;

    public SourceDescription Source { get; init; } = new("test", "A test.");

    /// <summary>Called before each piece with its index; the piece follows when the task has completed.</summary>
    public Func<int, CancellationToken, Task> BeforePiece { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>The checkpoint after a number of pieces; by default that number.</summary>
    public Func<int, string?> Checkpoint { get; init; } = count => count.ToString(CultureInfo.InvariantCulture);

    /// <summary>How often it was asked for text.</summary>
    public int Calls => _calls;

    /// <summary>The points at which it was asked to continue.</summary>
    public List<ContinuationPoint> Points { get; } = [];

    /// <summary>The requests that it was asked to continue.</summary>
    public List<GenerationRequest> Requests { get; } = [];

    public IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken) =>
        GenerateAsync(first: 0, cancellationToken);

    public IAsyncEnumerable<GeneratedText> ContinueAsync(GenerationRequest request, ContinuationPoint point, CancellationToken cancellationToken)
    {
        Points.Add(point);
        Requests.Add(request);
        return GenerateAsync(int.Parse(point.Checkpoint, CultureInfo.InvariantCulture), cancellationToken);
    }

    private async IAsyncEnumerable<GeneratedText> GenerateAsync(int first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        for (var i = first; i < pieces.Length; i++)
        {
            await BeforePiece(i, cancellationToken);
            yield return new GeneratedText(pieces[i], Checkpoint: Checkpoint(i + 1));
        }
        await BeforePiece(pieces.Length, cancellationToken);
    }
}
