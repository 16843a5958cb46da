using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Testing;

public static class Ports
{
    private const int First = 20_000;

    /// <summary>Below 32,768, the first port that Linux assigns to outgoing connections.</summary>
    private const int Last = 32_000;

    /// <summary>
    /// A port on which a server can be stopped and started again. The system does not assign it to outgoing connections, so a client
    /// that connects while the server is stopped can't connect to itself.
    /// </summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
            }
        }
    }
}
