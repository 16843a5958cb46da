using SseStreaming.Application.Events;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>The frames of this server's own protocol.</summary>
internal sealed class NativeFraming : IStreamFraming
{
    private NativeFraming()
    {
    }

    public static NativeFraming Instance { get; } = new();

    public void Write(ResponseWriter writer, EventBatch batch)
    {
        batch.WriteFrames(writer);
        writer.CountEvents(batch.Count);
    }

    public ValueTask<bool> WriteEndAsync(ResponseWriter writer, EventBatch terminal, CancellationToken cancellationToken)
    {
        Write(writer, terminal);
        writer.Write("data: [END]\n\n"u8);
        return new(true);
    }

    /// <summary>Without a terminal event, the client reconnects.</summary>
    public bool BreaksOff(ViewerEnd end) => false;
}
