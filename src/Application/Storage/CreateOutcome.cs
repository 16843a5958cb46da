namespace SseStreaming.Application.Storage;

internal enum CreateOutcome
{
    Created,

    /// <summary>Nothing was created: a stream with the same idempotency key exists.</summary>
    Exists,

    /// <summary>Nothing was created: the store is full, and has no closed stream to drop.</summary>
    Full,
}
