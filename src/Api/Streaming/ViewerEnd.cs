namespace SseStreaming.Api.Streaming;

/// <summary>Why a response ended. All but the one that finished mean to a client: reconnect.</summary>
internal enum ViewerEnd
{
    /// <summary>Something broke that is no fault of the viewer.</summary>
    Faulted,

    /// <summary>It got the terminal event.</summary>
    Finished,

    /// <summary>The client closed the connection.</summary>
    ClientDisconnected,

    /// <summary>It did not read what was sent.</summary>
    TooSlow,

    /// <summary>It reached its maximum age.</summary>
    ConnectionAgeReached,

    /// <summary>Its token or its grant has expired.</summary>
    AccessExpired,

    /// <summary>The server is stopping.</summary>
    Stopping,

    /// <summary>What comes next is no longer kept.</summary>
    Expired,
}
