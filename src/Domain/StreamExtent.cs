namespace SseStreaming.Domain;

/// <summary>
/// Which events of a stream can be read: those from <paramref name="First"/> to <paramref name="Last"/>, without a gap.
/// What came before <paramref name="First"/> has expired. Of a closed stream, <paramref name="Last"/> is the terminal event.
/// </summary>
public readonly record struct StreamExtent(long First, long Last, bool IsClosed)
{
    /// <summary>Decides what a viewer gets who has seen everything up to and including <paramref name="sequence"/> (0: nothing yet).</summary>
    public ResumePoint After(long sequence) =>
        sequence > Last ? ResumePoint.BeyondEnd
        : sequence < First - 1 ? ResumePoint.Expired
        : IsClosed && sequence == Last ? ResumePoint.Ended
        : ResumePoint.Readable;
}
