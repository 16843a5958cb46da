using SseStreaming.Application.Events;

namespace SseStreaming.Api.Streaming;

/// <summary>Encodes the events of one stream for one response, in the frames of one protocol.</summary>
internal interface IStreamFraming
{
    /// <summary>Writes the frames of consecutive events, which are never empty, and after the terminal event the end of the protocol.</summary>
    void Write(ResponseWriter writer, EventBatch batch);
}
