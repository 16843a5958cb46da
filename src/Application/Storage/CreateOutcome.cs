namespace SseStreaming.Application.Storage;

public enum CreateOutcome
{
    Created,

    /// <summary>Nothing was created: a stream with the same idempotency key exists.</summary>
    Exists,

    /// <summary>Nothing was created: the store has no room, and nothing that it could drop to make some.</summary>
    Full,
}
