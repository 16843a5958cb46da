namespace SseStreaming.Infrastructure.Stores;

/// <summary>The size of a group of writes that share a transaction, so that its first write does not wait long for its last.</summary>
internal static class GroupLimits
{
    private const int MaxWrites = 1024;
    private const long MaxBytes = 4 * 1024 * 1024;

    /// <summary>True if a group may take one more write. The first write fits whatever its size.</summary>
    public static bool Fits(int writes, long bytes, long added) => writes == 0 || (writes < MaxWrites && bytes + added <= MaxBytes);
}
