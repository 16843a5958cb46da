using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SseStreaming.EnduranceTests.Network;

/// <summary>Tests the simulated network, on which the results of other tests depend.</summary>
internal sealed class BadNetworkTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i * 7))];

    private EchoServer _server = null!;

    [SetUp]
    public void StartServer() => _server = new EchoServer();

    [TearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [Test]
    public async Task NoConditions_PassesAllBytesAndTheEnd()
    {
        await using var network = Through(NetworkConditions.None);
        using var client = await ConnectAsync(network);
        var (received, ending) = await ExchangeAsync(client);
        Assert.That(received, Is.EqualTo(Bytes));
        Assert.That(ending, Is.EqualTo(Ending.Closed));
        await Eventually.Happens(() => _server.Closed == 1 && network.Open == 0, "both ends received the end of the connection");
        Assert.That(network.Faults, Is.Zero);
    }

    /// <summary>The rate gives the client time to read each piece separately: the operating system merges unread pieces.</summary>
    [Test]
    public async Task Pieces_ArriveOneByOne()
    {
        await using var network = Through(new NetworkConditions { PieceBytes = 1, BytesPerSecond = 2 * Bytes.Length });
        using var client = await ConnectAsync(network);
        await client.SendAsync(Bytes);
        var reads = 0;
        var buffer = new byte[Bytes.Length];
        for (var count = 0; count < Bytes.Length; reads++)
            count += await ReceiveAsync(client, buffer.AsMemory(count));
        Assert.That(buffer, Is.EqualTo(Bytes));
        Assert.That(reads, Is.GreaterThan(Bytes.Length / 20), "without pieces the rate would allow 40 bytes at once");
    }

    [Test]
    public async Task Delay_AppliesToEachDirection()
    {
        var delay = TimeSpan.FromMilliseconds(150);
        await using var network = Through(new NetworkConditions { Delay = delay });
        using var client = await ConnectAsync(network);
        var begun = Stopwatch.GetTimestamp();
        await ExchangeAsync(client);
        Assert.That(Stopwatch.GetElapsedTime(begun), Is.GreaterThan(delay * 2));
    }

    [Test]
    public async Task Rate_IsNotExceeded()
    {
        await using var network = Through(new NetworkConditions { BytesPerSecond = 2 * Bytes.Length });
        using var client = await ConnectAsync(network);
        var begun = Stopwatch.GetTimestamp();
        var (received, _) = await ExchangeAsync(client);
        Assert.That(received, Is.EqualTo(Bytes));
        Assert.That(Stopwatch.GetElapsedTime(begun), Is.GreaterThan(TimeSpan.FromSeconds(0.45)));
    }

    [Test]
    public async Task Break_PassesExactlyTheGivenNumberOfBytes(
        [Values(0, 1, 517, 999)] int at, [Values(NetworkFaultKind.Close, NetworkFaultKind.Reset)] NetworkFaultKind kind, [Values] Direction direction)
    {
        await using var network = Through(new NetworkConditions { Fault = new NetworkFault(kind, at, direction) });
        using var client = await ConnectAsync(network);
        var (received, ending) = await ExchangeAsync(client);
        // The server returns only what it received, and a part of that may be in transit when the connection breaks.
        if (direction == Direction.ToClient)
            Assert.That(received, Is.EqualTo(Bytes[..at]));
        else
            Assert.That(received, Has.Length.AtMost(at));
        Assert.That(ending, Is.EqualTo(kind == NetworkFaultKind.Close ? Ending.Closed : Ending.Reset));
        await Eventually.Happens(() => _server.Closed + _server.Reset == 1, "the server received the end, too");
        await Eventually.Happens(() => network.Open == 0, "the connection is closed");
        Assert.That(network.Faults, Is.EqualTo(1));
    }

    [Test]
    public async Task Silence_IsNotReported()
    {
        await using var network = Through(new NetworkConditions { Fault = new NetworkFault(NetworkFaultKind.Silence, 517) });
        using var client = await ConnectAsync(network);
        await client.SendAsync(Bytes);
        var buffer = new byte[Bytes.Length];
        for (var count = 0; count < 517;)
            count += await ReceiveAsync(client, buffer.AsMemory(count));
        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.CatchAsync<OperationCanceledException>(() => client.ReceiveAsync(buffer, timeout.Token).AsTask());
        client.Close();
        Assert.That((network.Open, _server.Closed, _server.Reset), Is.EqualTo((1, 0, 0)), "the server does not receive the client's close either");
    }

    [Test]
    public async Task Switch_ChangesOpenConnections()
    {
        await using var network = Through(NetworkConditions.None);
        using var open = await ConnectAsync(network);
        await open.SendAsync(Bytes.AsMemory(0, 10));
        await ReceiveAsync(open, new byte[10]);
        network.SetConditions(new NetworkConditions { Fault = new NetworkFault(NetworkFaultKind.Reset, 10) });
        var (received, ending) = await ExchangeAsync(open);
        Assert.That(received, Is.Empty);
        Assert.That(ending, Is.EqualTo(Ending.Reset));

        network.SetConditions(NetworkConditions.None);
        using var next = await ConnectAsync(network);
        Assert.That((await ExchangeAsync(next)).Received, Is.EqualTo(Bytes));
    }

    [Test]
    public async Task BreakAll_BreaksIdleConnections()
    {
        await using var network = Through(NetworkConditions.None);
        using var client = await ConnectAsync(network);
        await client.SendAsync(Bytes.AsMemory(0, 1));
        await ReceiveAsync(client, new byte[1]);
        network.FailAll(NetworkFaultKind.Close);
        Assert.That(await ReceiveAsync(client, new byte[1]), Is.Zero);
    }

    [Test]
    public async Task Seed_RepeatsTheConditionsOfEachConnection()
    {
        var first = await RunAsync(1);
        Assert.That(await RunAsync(1), Is.EqualTo(first));
        Assert.That(await RunAsync(2), Is.Not.EqualTo(first));

        async Task<List<int>> RunAsync(int seed)
        {
            await using var network = new FaultyNetwork(_server.Address,
                (_, random) => new NetworkConditions { Fault = new NetworkFault(NetworkFaultKind.Close, random.Next(Bytes.Length)) }, seed);
            var lengths = new List<int>();
            for (var i = 0; i < 5; i++)
            {
                using var client = await ConnectAsync(network);
                lengths.Add((await ExchangeAsync(client)).Received.Length);
            }
            return lengths;
        }
    }

    [Test]
    public async Task NoServer_ResetsTheClient()
    {
        await using var network = new FaultyNetwork(new Uri($"http://127.0.0.1:{Ports.Free()}"), (_, _) => NetworkConditions.None);
        var exception = await Assert.CatchAsync<SocketException>(async () =>
        {
            using var client = await ConnectAsync(network);
            await ReceiveAsync(client, new byte[1]);
        });
        Assert.That(exception!.SocketErrorCode, Is.EqualTo(SocketError.ConnectionReset));
    }

    private FaultyNetwork Through(NetworkConditions conditions) => new(_server.Address, (_, _) => conditions);

    private static async Task<Socket> ConnectAsync(FaultyNetwork network)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, network.Address.Port);
        return socket;
    }

    /// <summary>Sends all bytes, closes the sending side, and reads until the connection has ended.</summary>
    private static async Task<(byte[] Received, Ending Ending)> ExchangeAsync(Socket client)
    {
        var received = new MemoryStream();
        var buffer = new byte[64];
        try
        {
            await client.SendAsync(Bytes);
            client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The connection broke during sending; reading reports how.
        }
        try
        {
            while (await ReceiveAsync(client, buffer) is > 0 and var count)
                received.Write(buffer, 0, count);
            return (received.ToArray(), Ending.Closed);
        }
        catch (SocketException)
        {
            return (received.ToArray(), Ending.Reset);
        }
    }

    private static Task<int> ReceiveAsync(Socket client, Memory<byte> buffer) => client.ReceiveAsync(buffer).AsTask().WaitAsync(Eventually.Limit);

    private enum Ending
    {
        Closed,
        Reset,
    }
}
