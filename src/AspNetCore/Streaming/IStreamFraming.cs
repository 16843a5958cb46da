using SseStreaming.Application.Events;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>Encodes the events of one stream for one response, in the frames of one protocol.</summary>
internal interface IStreamFraming
{
    /// <summary>Writes what comes before all events.</summary>
    void WriteStart(ResponseWriter writer)
    {
    }

    /// <summary>Writes the frames of consecutive events, at least one and none of them terminal.</summary>
    void Write(ResponseWriter writer, EventBatch batch);

    /// <summary>
    /// Writes the frames of the terminal event and the end of the protocol. Long frames may be flushed in between. False if a flush failed,
    /// the token was cancelled, or what the frames need is no longer kept.
    /// </summary>
    ValueTask<bool> WriteEndAsync(ResponseWriter writer, EventBatch terminal, CancellationToken cancellationToken);

    /// <summary>
    /// True if the client would take a regular end of the response for the end of the text, so that the connection has to end without
    /// one.
    /// </summary>
    bool BreaksOff(ViewerEnd end);
}
