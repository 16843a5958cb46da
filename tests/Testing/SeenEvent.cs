namespace SseStreaming.Testing;

/// <summary>One event as a viewer got it.</summary>
/// <param name="At">When, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
public readonly record struct SeenEvent(long Sequence, string Type, string Data, long At)
{
    public bool IsSegment => Type == "message";

    public bool IsTerminal => Type is "completed" or "stopped" or "failed";
}
