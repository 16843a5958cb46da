using System.Net.Sockets;

namespace SseStreaming.Testing;

/// <summary>Exceptions of a request whose server becomes unavailable.</summary>
public static class ConnectionErrors
{
    /// <summary>
    /// Includes <see cref="SocketException"/>, which <see cref="HttpClient"/> does not wrap if a new connection breaks before the client
    /// reads the remote address.
    /// </summary>
    public static bool IsConnectionError(Exception exception) => exception is HttpRequestException or IOException or SocketException;
}
