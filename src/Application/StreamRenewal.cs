using SseStreaming.Application.Storage;

namespace SseStreaming.Application;

/// <summary>Renews the time to live of streams that have one, at each append and read.</summary>
internal sealed class StreamRenewal(IEventStreamStore store, TimeProvider time)
{
    /// <summary>A renewal that would gain less than this part of the time to live writes nothing.</summary>
    private const int MinGain = 10;

    public ValueTask RenewAsync(StreamHead head, CancellationToken cancellationToken)
    {
        if (head is not { TimeToLive: { } timeToLive, Expires: { } expires })
            return default;
        var renewed = time.GetUtcNow() + timeToLive;
        return renewed - expires < timeToLive / MinGain ? default : store.RenewAsync(head.Id, renewed, cancellationToken);
    }
}
