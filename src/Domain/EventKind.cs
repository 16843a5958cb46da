namespace SseStreaming.Domain;

/// <summary>The kind of an event. The values are stored, so they must not change.</summary>
public enum EventKind
{
    /// <summary>The first event of each stream, and no other.</summary>
    Started = 0,

    /// <summary>A piece of the passage.</summary>
    Segment = 1,

    /// <summary>Terminal: the generator finished.</summary>
    Completed = 2,

    /// <summary>Terminal: the generation was stopped by a client, by the grace or by a limit.</summary>
    Stopped = 3,

    /// <summary>Terminal: the generation failed.</summary>
    Failed = 4,
}
