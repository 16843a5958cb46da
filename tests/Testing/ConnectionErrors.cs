using System.Net.Sockets;

namespace SseStreaming.Testing;

/// <summary>What a request ends with when the server goes away under it.</summary>
public static class ConnectionErrors
{
    /// <summary>
    /// True also for the bare <see cref="SocketException"/> that <see cref="HttpClient"/> lets through when a connection that was just
    /// made is broken before it has looked at the other end's address.
    /// </summary>
    public static bool IsConnectionError(Exception exception) => exception is HttpRequestException or IOException or SocketException;
}
