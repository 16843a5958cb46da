namespace SseStreaming.Domain;

/// <summary>What an event of a stream says. The values are stored: they never change their meaning.</summary>
public enum EventKind
{
    /// <summary>Always the first event, and only that.</summary>
    Started = 0,

    /// <summary>A piece of the passage.</summary>
    Segment = 1,

    /// <summary>Terminal: the generator said all that it had to say.</summary>
    Completed = 2,

    /// <summary>Terminal: somebody or some bound ended the generation.</summary>
    Stopped = 3,

    /// <summary>Terminal: the generation broke.</summary>
    Failed = 4,
}
