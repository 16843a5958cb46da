namespace SseStreaming.Application.Reading;

/// <summary>How the wait of a reader ended.</summary>
internal enum WaitOutcome
{
    /// <summary>There may be new events.</summary>
    Notified,

    /// <summary>The idle time passed without a notification.</summary>
    Idle,

    /// <summary>The token of the subscription was cancelled.</summary>
    Cancelled,
}
