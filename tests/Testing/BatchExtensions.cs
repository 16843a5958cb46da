using System.Buffers;
using SseStreaming.Application.Events;

namespace SseStreaming.Testing;

internal static class BatchExtensions
{
    /// <summary>The frames of all events, as they are sent.</summary>
    public static ReadOnlyMemory<byte> GetFrames(this EventBatch batch)
    {
        var writer = new ArrayBufferWriter<byte>();
        batch.WriteFrames(writer);
        return writer.WrittenMemory;
    }
}
