namespace SseStreaming.Application.Contracts;

/// <summary>What happens to a generation whose last viewer has left.</summary>
public enum OnDisconnect
{
    /// <summary>It is stopped after the grace.</summary>
    Stop,

    /// <summary>It runs to its end.</summary>
    Continue,
}
