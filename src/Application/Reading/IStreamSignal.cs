using SseStreaming.Domain;

namespace SseStreaming.Application.Reading;

/// <summary>Tells readers of a stream to look again. It carries no data: what is new stands in the store.</summary>
public interface IStreamSignal
{
    /// <summary>Wakes everyone who subscribed to the stream. Returns at once.</summary>
    void Notify(StreamId streamId);

    /// <summary>Subscribes one reader, who must do so before it first looks into the store.</summary>
    /// <param name="streamId">The stream to hear of.</param>
    /// <param name="idle">How long one wait lasts at the most.</param>
    /// <param name="cancellationToken">Ends any wait, also a later one.</param>
    IStreamSubscription Subscribe(StreamId streamId, TimeSpan idle, CancellationToken cancellationToken);
}
