namespace SseStreaming.Domain;

/// <summary>What there is to read after a position.</summary>
public enum ResumePoint
{
    /// <summary>Events are kept after it, or will come.</summary>
    Readable,

    /// <summary>The position is the terminal event: nothing more will ever come.</summary>
    Ended,

    /// <summary>Events right after the position are no longer kept, so going on would leave a gap.</summary>
    Expired,

    /// <summary>No such event was ever stored.</summary>
    BeyondEnd,
}
