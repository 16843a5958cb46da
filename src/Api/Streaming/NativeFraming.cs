using SseStreaming.Application.Events;

namespace SseStreaming.Api.Streaming;

/// <summary>The frames of this server's own protocol, which are stored as they are sent.</summary>
internal sealed class NativeFraming : IStreamFraming
{
    private NativeFraming()
    {
    }

    public static NativeFraming Instance { get; } = new();

    public ValueTask WriteAsync(ResponseWriter writer, EventBatch batch, CancellationToken cancellationToken)
    {
        writer.Write(batch.Frames.Span, batch.Count);
        if (batch.EndsStream)
            writer.Write("data: [END]\n\n"u8);
        return default;
    }

    /// <summary>Without a terminal event, the client reconnects.</summary>
    public bool BreaksOff(ViewerEnd end) => false;
}
