using SseStreaming.Application.Storage;

namespace SseStreaming.UnitTests.Testing;

internal static class Faults
{
    /// <summary>The exception of an unavailable store.</summary>
    public static StoreUnavailableException StoreDown => new("The store is down.", new IOException());
}
