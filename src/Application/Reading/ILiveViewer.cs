using SseStreaming.Application.Events;

namespace SseStreaming.Application.Reading;

/// <summary>
/// A response to which appends deliver their events while the read loop waits. Its members are called by one thread at a time.
/// </summary>
public interface ILiveViewer
{
    /// <summary>Sends what is written, and waits until the client takes it. False if the response has to end.</summary>
    ValueTask<bool> FlushAsync();

    /// <summary>Writes events and sends them without a wait. False if that needs one: the read loop then calls <see cref="FlushAsync"/>.</summary>
    bool TryDeliver(EventBatch batch);
}
