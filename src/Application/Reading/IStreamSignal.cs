using SseStreaming.Domain;

namespace SseStreaming.Application.Reading;

/// <summary>Notifies the readers of a stream of new events. It carries no data: readers read the store.</summary>
public interface IStreamSignal
{
    /// <summary>Wakes all subscribers of the stream. Returns at once.</summary>
    void Notify(StreamId streamId);

    /// <summary>Subscribes one reader. It must subscribe before it first reads the store.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="idle">Maximum duration of one wait.</param>
    /// <param name="cancellationToken">Cancels the current wait and all later ones.</param>
    IStreamSubscription Subscribe(StreamId streamId, TimeSpan idle, CancellationToken cancellationToken);
}
