namespace SseStreaming.Domain;

/// <summary>
/// The stored events of a stream: those from <paramref name="First"/> to <paramref name="Last"/>, without a gap. Earlier events have
/// expired. If the stream is closed, <paramref name="Last"/> is the terminal event.
/// </summary>
public readonly record struct StreamExtent(long First, long Last, bool IsClosed)
{
    /// <summary>Decides what a viewer can read that has all events up to and including <paramref name="sequence"/>; 0: it has none.</summary>
    public ResumePoint After(long sequence) =>
        sequence > Last ? ResumePoint.BeyondEnd
        : sequence < First - 1 ? ResumePoint.Expired
        : IsClosed && sequence == Last ? ResumePoint.Ended
        : ResumePoint.Readable;
}
