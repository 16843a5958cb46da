namespace SseStreaming.Testing;

/// <summary>One event as a viewer received it.</summary>
/// <param name="At">Time of receipt, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
public readonly record struct SeenEvent(long Sequence, string Type, string Data, long At)
{
    public bool IsSegment => Type == "message";

    public bool IsTerminal => Type is "completed" or "stopped" or "failed";
}
