using SseStreaming.Application.Limits;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <summary>A stream that a request started or joined. Until it is disposed, its generation has a viewer.</summary>
/// <param name="streamId">The stream.</param>
/// <param name="joined">True if the stream existed before the request.</param>
/// <param name="registration">Keeps the generation from being abandoned; null if it may have ended.</param>
/// <param name="viewerSlot">The slot of the viewer that the request is, if it started the stream.</param>
internal sealed class StreamHandle(StreamId streamId, bool joined, IDisposable? registration = null, Slot? viewerSlot = null) : IDisposable
{
    private Slot? _viewerSlot = viewerSlot;

    public StreamId StreamId => streamId;

    public bool Joined => joined;

    /// <summary>The caller owns the slot from then on; null if there is none.</summary>
    public Slot? TakeViewerSlot()
    {
        var slot = _viewerSlot;
        _viewerSlot = null;
        return slot;
    }

    public void Dispose()
    {
        registration?.Dispose();
        _viewerSlot?.Dispose();
    }
}
