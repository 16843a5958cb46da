using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>What a generation needs to start, or to continue.</summary>
/// <param name="StreamId">The stream, which has its first event already.</param>
/// <param name="Generator">The generator of its source.</param>
/// <param name="Request">The input of the generator.</param>
internal sealed record GenerationStart(StreamId StreamId, ITextGenerator Generator, GenerationRequest Request)
{
    /// <summary>True if the generation runs to its end without viewers.</summary>
    public bool ContinueUnviewed { get; init; }

    /// <summary>True if the store keeps the request, so that another node can continue the generation.</summary>
    public bool IsKept { get; init; }

    /// <summary>Where an earlier node was interrupted; null for a new generation.</summary>
    public InterruptedGeneration? Interrupted { get; init; }

    /// <summary>The slot of the generation; disposed after the generator.</summary>
    public IDisposable? Slot { get; init; }

    /// <summary>The key for <see cref="GenerationRunner.FindShared"/> while the generation runs; null if it is not shared.</summary>
    public string? ShareKey { get; init; }

    /// <summary>When an interrupted generation of this kind is continued.</summary>
    public ContinuationMode Continuation => IsKept && Generator is IResumableGenerator resumable ? resumable.Continuation : ContinuationMode.Never;
}
