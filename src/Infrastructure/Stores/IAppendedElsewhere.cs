using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores;

/// <summary>Hears what other nodes appended.</summary>
internal interface IAppendedElsewhere
{
    /// <summary>Another node appended to a stream.</summary>
    void Appended(StreamId stream);

    /// <summary>Other nodes may have appended to any stream.</summary>
    void MayHaveMissed();
}
