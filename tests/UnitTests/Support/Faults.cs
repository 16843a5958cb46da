using SseStreaming.Application.Storage;

namespace SseStreaming.UnitTests.Support;

internal static class Faults
{
    /// <summary>What a store throws that can't do it at the moment.</summary>
    public static StoreUnavailableException StoreDown => new("The store is down.", new IOException());
}
