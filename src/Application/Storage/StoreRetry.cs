using SseStreaming.Application.Common;

namespace SseStreaming.Application.Storage;

/// <summary>How the writers of streams repeat an append while the store is unavailable.</summary>
internal static class StoreRetry
{
    public static Backoff Delays { get; } = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1), Jitter: 0.5);
}
