using SseStreaming.Domain;

namespace SseStreaming.Application.Reading;

/// <summary>Notifies the readers of a stream of new events. It carries no data: readers read the store.</summary>
internal interface IStreamSignal
{
    /// <summary>Wakes all subscribers of a stream to which another process may have appended. Returns at once.</summary>
    void Notify(StreamId streamId);

    /// <summary>Opens the stream for its writer in this process, which is not looked up again for each append.</summary>
    IStreamNotifier OpenNotifier(StreamId streamId);

    /// <summary>Subscribes one reader. It must subscribe before it first reads the store.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="idle">Maximum duration of one wait.</param>
    /// <param name="live">Receives the events during a wait, so that the reader need not wake; null to wake it.</param>
    /// <param name="cancellationToken">Cancels the current wait and all later ones.</param>
    IStreamSubscription Subscribe(StreamId streamId, TimeSpan idle, LiveReader? live, CancellationToken cancellationToken);
}
