namespace SseStreaming.Api.Streaming;

internal enum FlushOutcome
{
    Sent,

    /// <summary>The client closed the connection.</summary>
    Left,

    /// <summary>The client did not read in time.</summary>
    TooSlow,

    /// <summary>The client had not read when the server was at its end.</summary>
    CutShort,
}
