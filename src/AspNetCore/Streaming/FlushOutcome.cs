namespace SseStreaming.AspNetCore.Streaming;

internal enum FlushOutcome
{
    Flushed,

    /// <summary>The client closed the connection.</summary>
    ClientDisconnected,

    /// <summary>The client did not read before the deadline.</summary>
    TooSlow,

    /// <summary>The server shut down before the client had read everything.</summary>
    ServerStopping,
}
