using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;

namespace SseStreaming.ProcessTests;

/// <summary>One client opens 10,000 connections: it is limited to its bound, and other clients are served.</summary>
[Category(TestCategories.Long)]
internal sealed class ConnectionFloodTests : ProcessTest
{
    private const int Flood = 10_000;
    private const int Bound = 1000;

    /// <summary>File descriptors that the test needs for other purposes.</summary>
    private const int OtherFiles = 1500;

    /// <summary>Maximum duration of another client's stream during the flood. Normally it takes milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly IPAddress Attacker = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress Other = IPAddress.Parse("127.0.0.3");

    [TestCase("")]
    [TestCase("GET /sse?words=3 HTTP/1.1\r\nHost: localhost\r\nX-Never: ")]
    public async Task Connections_OfOneClient_DoNotBlockOtherClients(string beginning)
    {
        var node = Node("node", new()
        {
            ["Store"] = "Memory",
            ["Limits__ConnectionsPerAddress"] = Bound.ToString(CultureInfo.InvariantCulture),
            // The server must not close the attacker's connections during the test.
            ["Kestrel__Limits__RequestHeadersTimeout"] = "00:10:00",
            ["Kestrel__Limits__KeepAliveTimeout"] = "00:10:00",
        });
        await node.StartAsync();
        var flood = Math.Min(Flood, MostFiles() - OtherFiles);
        using var client = ClientFrom(Other);
        var passage = ReadAsync(client, new Uri(node.Address, "/sse?words=400&pace=10&seed=7"));
        var expected = await ReadAsync(client, new Uri(node.Address, "/sse?words=400&pace=0&seed=7"));

        using var over = new CancellationTokenSource();
        var latencies = MeasureAsync(node, over.Token);
        var clock = Stopwatch.StartNew();
        var sockets = await ConnectAsync(node, flood, beginning);
        var took = clock.Elapsed;
        await Eventually.Happens(() => sockets.Count(IsClosed) == flood - Bound, "exactly the connections over the bound are closed");
        Assert.That(await passage, Is.EqualTo(expected), "text of a viewer that connected before the flood");
        await over.CancelAsync();
        var times = await latencies;

        times.Sort();
        await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{flood} connections within {took.TotalSeconds:0.0} s; during that time {times.Count} streams of another client, each on a new connection: median {Of(0.5):0.0} ms, 99 % {Of(0.99):0.0} ms, slowest {times[^1]:0.0} ms"));
        Assert.That(times, Has.Count.GreaterThan(20));
        Assert.That(times[^1], Is.LessThan(Patience.TotalMilliseconds));

        foreach (var socket in sockets)
            socket.Dispose();
        using var again = ClientFrom(Attacker);
        await Eventually.Happens(async () => await AnswersAsync(again, node), "the client is served again after it has closed its connections");

        double Of(double share) => times[(int)(share * (times.Count - 1))];
    }

    private static async Task<List<Socket>> ConnectAsync(ServerNode node, int count, string beginning)
    {
        var sockets = new ConcurrentBag<Socket>();
        var server = new IPEndPoint(IPAddress.Loopback, node.Address.Port);
        var bytes = System.Text.Encoding.ASCII.GetBytes(beginning);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(Attacker, 0));
            sockets.Add(socket);
            try
            {
                await socket.ConnectAsync(server, cancellationToken);
                await socket.SendAsync(bytes, cancellationToken);
            }
            catch (SocketException)
            {
                // The server has already closed the connection.
            }
        });
        return [.. sockets];
    }

    private static bool IsClosed(Socket socket)
    {
        try
        {
            return !socket.Connected || (socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) && socket.Available == 0);
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>Measures streams of another client, from connecting to the last event, in milliseconds.</summary>
    private static async Task<List<double>> MeasureAsync(ServerNode node, CancellationToken over)
    {
        var times = new List<double>();
        while (!over.IsCancellationRequested)
        {
            using var client = ClientFrom(Other);
            var begun = Stopwatch.GetTimestamp();
            await ReadAsync(client, new Uri(node.Address, "/sse?words=3&pace=0"));
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        return times;
    }

    private static async Task<string> ReadAsync(HttpClient client, Uri address)
    {
        using var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var passage = "";
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
        {
            if (item is { EventType: "message", Data: "[END]", EventId: null })
                return passage;
            passage += item.EventType == "message" ? item.Data : "";
        }
        throw new AssertionException("The stream ended without the end marker.");
    }

    private static async Task<bool> AnswersAsync(HttpClient client, ServerNode node)
    {
        try
        {
            using var response = await client.GetAsync(new Uri(node.Address, "/health/live"));
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (ConnectionErrors.IsConnectionError(exception))
        {
            return false;
        }
    }

    private static HttpClient ClientFrom(IPAddress address) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(address, 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { Timeout = Eventually.Limit };

    /// <summary>The hard limit of open files; the runtime raises its soft limit to it.</summary>
    private static int MostFiles() => File.ReadLines("/proc/self/limits").Where(line => line.StartsWith("Max open files", StringComparison.Ordinal))
        .Select(line => int.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : int.MaxValue)
        .First();
}
