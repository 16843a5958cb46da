namespace SseStreaming.Application.Contracts;

/// <summary>Why a request is refused.</summary>
public enum RefusalReason
{
    /// <summary>A field or a header is not valid.</summary>
    InvalidInput,

    /// <summary>There is no such stream, or not for this caller.</summary>
    UnknownStream,

    /// <summary>The caller may read the stream, but not do this with it.</summary>
    Forbidden,

    /// <summary>The events right after the position are no longer kept.</summary>
    Expired,

    /// <summary>The position is after the last event that was ever stored.</summary>
    BeyondEnd,

    /// <summary>The position is the terminal event: no event follows.</summary>
    Ended,

    /// <summary>The idempotency key was used before with another request.</summary>
    KeyReused,

    /// <summary>The store is full.</summary>
    Full,

    /// <summary>An append would exceed a limit of its stream.</summary>
    TooLarge,

    /// <summary>The client has reached its limit of running generations.</summary>
    TooManyGenerations,

    /// <summary>The client has reached its limit of open responses.</summary>
    TooManyViewers,

    /// <summary>The client has reached its limit of starts per minute.</summary>
    TooManyStarts,

    /// <summary>The server has reached a limit for all clients together.</summary>
    Busy,

    /// <summary>The server is stopping.</summary>
    Stopping,

    /// <summary>The store is unavailable.</summary>
    StoreUnavailable,
}
