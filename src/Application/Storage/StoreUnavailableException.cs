namespace SseStreaming.Application.Storage;

/// <summary>
/// The store is unavailable: it does not answer, is locked, or its disk is full. Whether a write took place is unknown; to repeat it is
/// safe, and may succeed.
/// </summary>
public sealed class StoreUnavailableException(string message, Exception innerException) : Exception(message, innerException);
