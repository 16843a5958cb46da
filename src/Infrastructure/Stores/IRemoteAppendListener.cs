using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores;

/// <summary>Receives the notifications of appends by other nodes.</summary>
internal interface IRemoteAppendListener
{
    /// <summary>Another node appended to a stream.</summary>
    void Appended(StreamId streamId);

    /// <summary>Another node dropped a stream.</summary>
    void Forgotten(StreamId streamId);

    /// <summary>Other nodes may have appended to any stream without a notification that arrived.</summary>
    void NotificationsMissed();
}
