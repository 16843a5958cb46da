using SseStreaming.Application.Contracts;
using SseStreaming.Domain;

namespace SseStreaming.Application.Storage;

/// <summary>The current state of a stream in the store.</summary>
/// <param name="Ending">The kind of the terminal event; <see langword="null"/> while the stream is open.</param>
/// <param name="Segments">Segments appended so far.</param>
/// <param name="Characters">Their length in UTF-16 code units.</param>
internal sealed record StreamRecord(StreamHead Head, StreamExtent Extent, EventKind? Ending, long Segments, long Characters)
{
    public StreamStatus Status => Ending?.ToStatus() ?? StreamStatus.Running;
}
