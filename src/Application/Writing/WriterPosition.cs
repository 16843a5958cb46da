using SseStreaming.Application.Cluster;
using SseStreaming.Application.Storage;

namespace SseStreaming.Application.Writing;

/// <summary>Where a stream is: what the next append depends on.</summary>
/// <param name="Head">The stream.</param>
/// <param name="Last">Sequence of the last event.</param>
/// <param name="Segments">Segments so far.</param>
/// <param name="Characters">Their length in UTF-16 code units.</param>
/// <param name="IsClosed">True if the last event is terminal.</param>
/// <param name="Producers">Not changed any more: the next position has another one.</param>
internal sealed record WriterPosition(StreamHead Head, long Last, long Segments, long Characters, bool IsClosed, ProducerState Producers)
{
    public static WriterPosition From(TakenStream taken) => new(
        taken.Record.Head, taken.Record.Extent.Last, taken.Record.Segments, taken.Record.Characters, taken.Record.Ending is not null,
        ProducerState.Decode(taken.Checkpoint));
}
