namespace SseStreaming.Application.Storage;

/// <summary>
/// The store can't do it at the moment: it does not answer, is locked, or its disk is full. Whether a write took place is unknown;
/// to repeat it is safe, and worth while.
/// </summary>
public sealed class StoreUnavailableException(string message, Exception innerException) : Exception(message, innerException);
