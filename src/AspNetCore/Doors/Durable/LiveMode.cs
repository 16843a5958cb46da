namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>What a read does at the end of a stream.</summary>
internal enum LiveMode
{
    /// <summary>It ends.</summary>
    None,

    /// <summary>It waits for the next events, and ends with these.</summary>
    LongPoll,

    /// <summary>It goes on as an event stream.</summary>
    Sse,
}
