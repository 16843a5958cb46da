using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Testing.Network;

/// <summary>One connection through a bad network: what the client sends goes to the server, and the other way round.</summary>
/// <param name="client">Has connected.</param>
/// <param name="weather">What it begins with.</param>
/// <param name="broken">Told when the network breaks it, but not when its ends do.</param>
internal sealed class BadLink(Socket client, Weather weather, Action broken)
{
    private const int BufferBytes = 16 * 1024;

    /// <summary>A silent connection is reset in the end, as systems do when nothing was heard for long.</summary>
    private static readonly TimeSpan SilenceLasts = TimeSpan.FromMinutes(1);

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _broken = new();
    private volatile Weather _weather = weather;
    private int _break = -1;

    public Weather Weather { set => _weather = value; }

    /// <summary>The first break is the one that counts.</summary>
    public void Break(BreakKind kind)
    {
        if (Interlocked.CompareExchange(ref _break, (int)kind, -1) != -1)
            return;
        broken();
        _broken.Cancel();
    }

    /// <summary>Lasts as long as the connection.</summary>
    public async Task RunAsync(IPEndPoint server, CancellationToken closing)
    {
        await using var closed = closing.UnsafeRegister(static self => ((BadLink)self!)._broken.Cancel(), this);
        client.NoDelay = _server.NoDelay = true;
        // Or the buffers of the system take whole passages, and neither end feels a silence or a slow network.
        client.ReceiveBufferSize = _server.ReceiveBufferSize = BufferBytes;
        var isReset = false;
        try
        {
            await _server.ConnectAsync(server, _broken.Token);
            await Task.WhenAll(PumpAsync(client, _server, Way.ToServer), PumpAsync(_server, client, Way.ToClient));
        }
        // An end that breaks off does so at the other end, too.
        catch (SocketException)
        {
            isReset = true;
        }
        catch (OperationCanceledException) when (_broken.IsCancellationRequested)
        {
        }

        if (_break == (int)BreakKind.Silence)
            await Task.Delay(SilenceLasts, TimeProvider.System, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        isReset |= closing.IsCancellationRequested || _break is (int)BreakKind.Reset or (int)BreakKind.Silence;
        End(client, isReset);
        End(_server, isReset);
    }

    private async Task PumpAsync(Socket from, Socket to, Way way)
    {
        var buffer = new byte[BufferBytes];
        var pace = new Pace();
        var passed = 0L;
        try
        {
            while (await from.ReceiveAsync(buffer, _broken.Token) is > 0 and var count)
            {
                await Task.Delay(_weather.Delay, TimeProvider.System, _broken.Token);
                for (var rest = buffer.AsMemory(0, count); !rest.IsEmpty;)
                {
                    var now = _weather;
                    var room = now.Break is { } end && end.Way == way ? end.At - passed : long.MaxValue;
                    if (room <= 0)
                    {
                        Break(now.Break!.Kind);
                        return;
                    }
                    var sent = await to.SendAsync(rest[..(int)Math.Min(Math.Min(rest.Length, room), Pace.PieceOf(now))], _broken.Token);
                    passed += sent;
                    rest = rest[sent..];
                    await pace.PassAsync(now, sent, _broken.Token);
                }
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other way is ended as well; it may wait for somebody who is not there.
            await _broken.CancelAsync();
            throw;
        }
    }

    private static void End(Socket socket, bool isReset)
    {
        if (isReset)
            socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }
}
