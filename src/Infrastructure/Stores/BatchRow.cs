using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores;

/// <summary>The columns that one batch writes: its row of blocks, and what it changes in the row of its stream.</summary>
/// <remarks>Copied from the batch before the write is queued, because the caller may reuse the batch after a cancellation.</remarks>
internal sealed record BatchRow(
    StreamId StreamId, long First, long Last, int Segments, int Characters, EventKind? Ending, byte[] Data, byte[]? Checkpoint)
{
    /// <summary>Bytes of its values.</summary>
    public int Size => Data.Length + (Checkpoint?.Length ?? 0);

    public static BatchRow From(EventBatch batch, byte[]? checkpoint) => new(
        batch.StreamId, batch.First, batch.Last, batch.Segments.Count, batch.Characters,
        batch.EndsStream ? batch[batch.Count - 1].Kind : null, EventBlock.Encode(batch), checkpoint);
}
