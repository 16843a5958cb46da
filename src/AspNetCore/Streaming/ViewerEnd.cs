namespace SseStreaming.AspNetCore.Streaming;

/// <summary>Why an event stream's response ended. After all of these except <see cref="Finished"/>, a client reconnects.</summary>
internal enum ViewerEnd
{
    /// <summary>An unexpected exception.</summary>
    Faulted,

    /// <summary>The terminal event was sent.</summary>
    Finished,

    /// <summary>The client closed the connection.</summary>
    ClientDisconnected,

    /// <summary>The client did not read what was sent.</summary>
    TooSlow,

    /// <summary>The response reached its maximum age.</summary>
    ConnectionAgeReached,

    /// <summary>The token or grant of the request expired.</summary>
    AccessExpired,

    /// <summary>The server is stopping.</summary>
    Stopping,

    /// <summary>The next event is no longer kept.</summary>
    Expired,
}
