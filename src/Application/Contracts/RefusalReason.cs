namespace SseStreaming.Application.Contracts;

public enum RefusalReason
{
    InvalidInput,
    UnknownStream,

    /// <summary>The caller may not do that, and knows of the stream.</summary>
    Forbidden,

    /// <summary>The events after the position are no longer kept.</summary>
    Expired,

    /// <summary>The position is after the last event that was ever stored.</summary>
    BeyondEnd,

    /// <summary>The position is the terminal event: nothing more will come.</summary>
    Ended,

    /// <summary>The idempotency key came before, with another request.</summary>
    KeyReused,

    /// <summary>No room for another stream.</summary>
    Full,

    /// <summary>The client has as many generations running as it may.</summary>
    TooManyGenerations,

    /// <summary>The client has as many responses open as it may.</summary>
    TooManyViewers,

    /// <summary>The client has started as many generations as it may for now.</summary>
    TooManyStarts,

    /// <summary>All clients together have as much as the server gives.</summary>
    Busy,

    /// <summary>The server is stopping.</summary>
    Stopping,

    /// <summary>The store can't be asked at the moment.</summary>
    StoreUnavailable,
}
