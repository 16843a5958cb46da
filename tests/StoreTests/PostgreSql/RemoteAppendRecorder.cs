using System.Collections.Concurrent;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.Infrastructure.Stores.HotTail;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>Records the notifications that a node receives, and forwards them to the hot tail.</summary>
internal sealed class RemoteAppendRecorder(HotTailStore hotTail) : IRemoteAppendListener
{
    private int _missed;

    public ConcurrentQueue<StreamId> Streams { get; } = new();

    public int MissedCount => Volatile.Read(ref _missed);

    public void Appended(StreamId streamId)
    {
        Streams.Enqueue(streamId);
        hotTail.Appended(streamId);
    }

    public void Forgotten(StreamId streamId) => hotTail.Forgotten(streamId);

    public void NotificationsMissed()
    {
        Interlocked.Increment(ref _missed);
        hotTail.NotificationsMissed();
    }
}
