using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SseStreaming.BrowserTests.Testing;

/// <summary>
/// The network between a browser and a server. It can be cut, which breaks all connections and refuses new ones; or go dead, which keeps
/// connections open but passes nothing, not even the end of a connection. Both can be mended.
/// </summary>
internal sealed class Network : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _server;
    private readonly ConcurrentDictionary<Socket, bool> _sockets = [];
    private readonly Task _accepting;
    private volatile TaskCompletionSource _alive = Completed();
    private volatile bool _isCut;

    public Network(Uri server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Cut()
    {
        _isCut = true;
        foreach (var socket in _sockets.Keys)
            socket.Close(0);
    }

    public void GoDead() => _alive = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend()
    {
        _isCut = false;
        _alive.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        Mend();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    private async Task AcceptAsync()
    {
        while (true)
            _ = ServeAsync(await _listener.AcceptSocketAsync());
    }

    private async Task ServeAsync(Socket inward)
    {
        using var outward = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (inward)
        {
            inward.NoDelay = true;
            _sockets[inward] = _sockets[outward] = true;
            try
            {
                if (_isCut)
                    return;
                await _alive.Task;
                await outward.ConnectAsync(_server.Host, _server.Port);
                await await Task.WhenAny(PassAsync(inward, outward), PassAsync(outward, inward));
                await _alive.Task;
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // A connection broke or the network was cut: both connections are closed.
            }
            finally
            {
                _sockets.Remove(inward, out _);
                _sockets.Remove(outward, out _);
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReceiveAsync(buffer) is > 0 and var length)
        {
            await _alive.Task;
            await to.SendAsync(buffer.AsMemory(0, length));
        }
    }
}
