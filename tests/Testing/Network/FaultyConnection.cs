using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Testing.Network;

/// <summary>One connection through a bad network: what the client sends goes to the server, and the other way round.</summary>
/// <param name="client">Has connected.</param>
/// <param name="conditions">What it begins with.</param>
/// <param name="onFault">Told when the network breaks it, but not when its ends do.</param>
internal sealed class FaultyConnection(Socket client, NetworkConditions conditions, Action onFault)
{
    private const int BufferBytes = 16 * 1024;

    /// <summary>A silent connection is reset in the end, as systems do when nothing was heard for long.</summary>
    private static readonly TimeSpan SilenceDuration = TimeSpan.FromMinutes(1);

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _failed = new();
    private volatile NetworkConditions _conditions = conditions;
    private int _fault = -1;

    public NetworkConditions Conditions { set => _conditions = value; }

    /// <summary>The first break is the one that counts.</summary>
    public void Fail(NetworkFaultKind kind)
    {
        if (Interlocked.CompareExchange(ref _fault, (int)kind, -1) != -1)
            return;
        onFault();
        _failed.Cancel();
    }

    /// <summary>Lasts as long as the connection.</summary>
    public async Task RunAsync(IPEndPoint server, CancellationToken closing)
    {
        await using var closed = closing.UnsafeRegister(static self => ((FaultyConnection)self!)._failed.Cancel(), this);
        client.NoDelay = _server.NoDelay = true;
        // Or the buffers of the system take whole passages, and neither end feels a silence or a slow network.
        client.ReceiveBufferSize = _server.ReceiveBufferSize = BufferBytes;
        var isReset = false;
        try
        {
            await _server.ConnectAsync(server, _failed.Token);
            await Task.WhenAll(PumpAsync(client, _server, Direction.ToServer), PumpAsync(_server, client, Direction.ToClient));
        }
        // An end that breaks off does so at the other end, too.
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
                    var room = now.Fault is { } end && end.Direction == way ? end.At - passed : long.MaxValue;
                    if (room <= 0)
                    {
                        Fail(now.Fault!.Kind);
                        return;
                    }
                    var sent = await to.SendAsync(rest[..(int)Math.Min(Math.Min(rest.Length, room), RateLimit.GetPieceBytes(now))], _failed.Token);
                    passed += sent;
                    rest = rest[sent..];
                    await pace.WaitAsync(now, sent, _failed.Token);
                }
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other way is ended as well; it may wait for somebody who is not there.
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
