using System.Net;
using System.Net.Sockets;

namespace SseStreaming.EnduranceTests.Network;

/// <summary>Returns received bytes, and counts how connections ended.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _accepting;
    private readonly List<Task> _connections = [];
    private int _closed;
    private int _reset;

    public EchoServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndPoint}");

    /// <summary>Connections that the client closed.</summary>
    public int Closed => _closed;

    /// <summary>Connections that were reset.</summary>
    public int Reset => _reset;

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _accepting;
        await Task.WhenAll(_connections);
        _listener.Dispose();
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(EchoAsync(await _listener.AcceptAsync(_closing.Token)));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task EchoAsync(Socket connection)
    {
        using (connection)
        {
            var buffer = new byte[4096];
            connection.NoDelay = true;
            try
            {
                while (await connection.ReceiveAsync(buffer, _closing.Token) is > 0 and var count)
                    await connection.SendAsync(buffer.AsMemory(0, count), _closing.Token);
                Interlocked.Increment(ref _closed);
            }
            catch (SocketException)
            {
                Interlocked.Increment(ref _reset);
            }
            catch (OperationCanceledException)
            {
            }
        }
    }
}
