namespace SseStreaming.Domain;

/// <summary>What can be read after a position.</summary>
public enum ResumePoint
{
    /// <summary>Later events are stored, or will be appended.</summary>
    Readable,

    /// <summary>The position is the terminal event: no event follows.</summary>
    Ended,

    /// <summary>The events right after the position are no longer kept, so a resume would leave a gap.</summary>
    Expired,

    /// <summary>No event with this sequence was stored.</summary>
    BeyondEnd,
}
