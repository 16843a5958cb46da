namespace SseStreaming.Application.Contracts;

/// <summary>What becomes of a generation whose last viewer left.</summary>
public enum OnDisconnect
{
    /// <summary>It is stopped after the grace.</summary>
    Stop,

    /// <summary>It runs on to its end.</summary>
    Continue,
}
