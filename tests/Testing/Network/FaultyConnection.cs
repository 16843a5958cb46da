using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Testing.Network;

/// <summary>One connection through a bad network: it relays bytes between a client and the server in both directions.</summary>
/// <param name="client">A connected socket.</param>
/// <param name="conditions">The initial conditions.</param>
/// <param name="onFault">Called when the network breaks the connection, but not when the client or the server closes it.</param>
internal sealed class FaultyConnection(Socket client, NetworkConditions conditions, Action onFault)
{
    private const int BufferBytes = 16 * 1024;

    /// <summary>A silent connection is reset after this time, as operating systems do when a peer does not respond.</summary>
    private static readonly TimeSpan SilenceDuration = TimeSpan.FromMinutes(1);

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _failed = new();
    private volatile NetworkConditions _conditions = conditions;
    private int _fault = -1;

    public NetworkConditions Conditions { set => _conditions = value; }

    /// <summary>Breaks the connection; only the first call has an effect.</summary>
    public void Fail(NetworkFaultKind kind)
    {
        if (Interlocked.CompareExchange(ref _fault, (int)kind, -1) != -1)
            return;
        onFault();
        _failed.Cancel();
    }

    /// <summary>Relays bytes until the connection is closed.</summary>
    public async Task RunAsync(IPEndPoint server, CancellationToken closing)
    {
        await using var closed = closing.UnsafeRegister(static self => ((FaultyConnection)self!)._failed.Cancel(), this);
        client.NoDelay = _server.NoDelay = true;
        // With larger buffers the system accepts whole passages, and neither end notices a silent or a slow network.
        client.ReceiveBufferSize = _server.ReceiveBufferSize = BufferBytes;
        var isReset = false;
        try
        {
            await _server.ConnectAsync(server, _failed.Token);
            await Task.WhenAll(PumpAsync(client, _server, Direction.ToServer), PumpAsync(_server, client, Direction.ToClient));
        }
        // A reset by one end is passed on to the other end.
        catch (SocketException)
        {
            isReset = true;
        }
        catch (OperationCanceledException) when (_failed.IsCancellationRequested)
        {
        }

        if (_fault == (int)NetworkFaultKind.Silence)
            await Task.Delay(SilenceDuration, TimeProvider.System, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        isReset |= closing.IsCancellationRequested || _fault is (int)NetworkFaultKind.Reset or (int)NetworkFaultKind.Silence;
        End(client, isReset);
        End(_server, isReset);
    }

    private async Task PumpAsync(Socket from, Socket to, Direction way)
    {
        var buffer = new byte[BufferBytes];
        var pace = new RateLimit();
        var passed = 0L;
        try
        {
            while (await from.ReceiveAsync(buffer, _failed.Token) is > 0 and var count)
            {
                await Task.Delay(_conditions.Delay, TimeProvider.System, _failed.Token);
                for (var rest = buffer.AsMemory(0, count); !rest.IsEmpty;)
                {
                    var now = _conditions;
                    var remaining = now.Fault is { } end && end.Direction == way ? end.At - passed : long.MaxValue;
                    if (remaining <= 0)
                    {
                        Fail(now.Fault!.Kind);
                        return;
                    }
                    var sent = await to.SendAsync(rest[..(int)Math.Min(Math.Min(rest.Length, remaining), RateLimit.GetPieceBytes(now))], _failed.Token);
                    passed += sent;
                    rest = rest[sent..];
                    await pace.WaitAsync(now, sent, _failed.Token);
                }
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The opposite direction is cancelled as well; it may be waiting for a peer that has disconnected.
            await _failed.CancelAsync();
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
