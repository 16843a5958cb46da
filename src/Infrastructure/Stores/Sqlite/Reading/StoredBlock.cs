using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Reading;

/// <summary>A batch as it is written, made before it waits for the writer: the batch itself may be used again after a cancellation.</summary>
internal sealed record StoredBlock(byte[] Stream, long First, long Last, byte[] Data, int Segments, int Characters, EventKind? Ending)
{
    public static StoredBlock Create(EventBatch batch) => new(
        ToBytes(batch.StreamId), batch.First, batch.Last, EventBlock.Encode(batch), batch.Segments.Count, batch.Characters,
        batch.EndsStream ? batch[batch.Count - 1].Kind : null);

    public static byte[] ToBytes(StreamId streamId)
    {
        var bytes = new byte[16];
        streamId.CopyTo(bytes);
        return bytes;
    }
}
