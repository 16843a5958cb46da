namespace SseStreaming.Application.Contracts;

/// <summary>Whether a stream runs, and how it ended.</summary>
public enum StreamStatus
{
    /// <summary>The stream is open.</summary>
    Running,

    /// <summary>The source ended the text; the finish reason says whether it is whole.</summary>
    Completed,

    /// <summary>A client, the grace or a limit ended it.</summary>
    Stopped,

    /// <summary>A fault ended it.</summary>
    Failed,
}
