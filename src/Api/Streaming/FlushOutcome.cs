namespace SseStreaming.Api.Streaming;

internal enum FlushOutcome
{
    Flushed,

    /// <summary>The client closed the connection.</summary>
    ClientDisconnected,

    /// <summary>The client did not read in time.</summary>
    TooSlow,

    /// <summary>The client had not read when the server was at its end.</summary>
    ServerStopping,
}
