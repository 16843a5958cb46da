using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores;

/// <summary>Hears what other nodes appended.</summary>
internal interface IRemoteAppendListener
{
    /// <summary>Another node appended to a stream.</summary>
    void Appended(StreamId streamId);

    /// <summary>Other nodes may have appended to any stream.</summary>
    void NotificationsMissed();
}
