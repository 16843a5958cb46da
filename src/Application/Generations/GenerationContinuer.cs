using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Limits;
using SseStreaming.Application.Sources;

namespace SseStreaming.Application.Generations;

/// <summary>Continues the generations of the streams that this node has taken over.</summary>
internal sealed class GenerationContinuer(SourceCatalog sources, GenerationRunner runner, ClientLimits clientLimits)
{
    /// <summary>A generation that kills its node again and again must not kill all nodes.</summary>
    private const int MaxTakeOvers = 3;

    /// <summary>Continues a generation, unless it runs on this node already; false if its stream has to be closed as interrupted.</summary>
    public bool TryContinue(TakenStream taken)
    {
        var head = taken.Record.Head;
        if (runner.Find(head.Id) is not null)
            return true;
        if (taken.TakeOvers > MaxTakeOvers
            || taken.Request is null || KeptRequest.Decode(taken.Request) is not { } kept
            || !TryGetCheckpoint(taken, out var checkpoint)
            || !sources.Find(kept.Source).Try(out var generator, out _)
            || generator is not IResumableGenerator { Continuation: not ContinuationMode.Never }
            || !kept.ToGenerationRequest(generator.Source).Try(out var request, out _))
            return false;

        var slot = clientLimits.AcquireContinued(kept.Client);
        slot.AssignTo(head.Id, head.Idempotency);
        runner.Start(new GenerationStart(head.Id, generator, request with { Subject = head.Owner })
        {
            ContinueUnviewed = kept.ContinueUnviewed,
            IsKept = true,
            Interrupted = new InterruptedGeneration(taken.Record, checkpoint),
            Slot = slot,
            ShareKey = head.IsShared ? RequestDigest.ComputeShared(head.Source, request) : null,
        });
        if (taken.IsStopRequested)
            runner.Find(head.Id)?.Stop(StopReason.Requested);
        return true;
    }

    /// <summary>False if the generation can't be continued from where it was.</summary>
    private static bool TryGetCheckpoint(TakenStream taken, out GenerationCheckpoint checkpoint)
    {
        checkpoint = new GenerationCheckpoint(null, "");
        return (taken.Checkpoint is null || GenerationCheckpoint.TryDecode(taken.Checkpoint, out checkpoint))
            && checkpoint.IsContinuable(hasText: taken.Record.Segments > 0);
    }
}
