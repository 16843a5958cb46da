using SseStreaming.Application.Events;

namespace SseStreaming.Api.Streaming;

/// <summary>Encodes the events of one stream for one response, in the frames of one protocol.</summary>
internal interface IStreamFraming
{
    /// <summary>
    /// Writes the frames of consecutive events, which are never empty, and after the terminal event the end of the protocol. Long frames
    /// may be flushed in between; after a flush that fails, nothing more has to be written.
    /// </summary>
    ValueTask WriteAsync(ResponseWriter writer, EventBatch batch, CancellationToken cancellationToken);

    /// <summary>
    /// True if the client would take a regular end of the response for the end of the text, so that the connection has to end without
    /// one.
    /// </summary>
    bool BreaksOff(ViewerEnd end);
}
