using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Testing;

public static class Ports
{
    private const int First = 20_000;

    /// <summary>Below 32,768, where Linux takes the ports of outgoing connections from.</summary>
    private const int Last = 32_000;

    /// <summary>
    /// A port that a server can be stopped and started on: nobody gets it meanwhile as the port of an outgoing connection, and
    /// no client that tries to connect to it while the server is away can meet itself there.
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
