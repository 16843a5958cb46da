using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Testing.Network;

/// <summary>
/// A proxy between clients and a server that applies the conditions of bad networks to their connections. With the same seed
/// the n-th connection gets the same conditions.
/// </summary>
public sealed class FaultyNetwork : IAsyncDisposable
{
    private const int Backlog = 4096;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<int, (FaultyConnection Link, Task Running)> _connectionTasks = new();
    private readonly IPEndPoint _server;
    private readonly int _seed;
    private readonly Task _accepting;
    private volatile Func<int, Random, NetworkConditions> _chooseConditions;
    private int _connections;
    private int _faults;

    /// <param name="server">A server on this machine.</param>
    /// <param name="chooseConditions">Returns the conditions of a connection from its zero-based number and a seeded random number generator.</param>
    /// <param name="seed">The same seed produces the same random numbers.</param>
    public FaultyNetwork(Uri server, Func<int, Random, NetworkConditions> chooseConditions, int seed = 0)
    {
        _server = new IPEndPoint(IPAddress.Loopback, server.Port);
        _chooseConditions = chooseConditions;
        _seed = seed;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(Backlog);
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{_listener.LocalEndPoint}"));
        _accepting = AcceptAsync();
    }

    /// <summary>The address to which clients connect.</summary>
    public Uri Address { get; }

    /// <summary>Number of connections that clients have opened.</summary>
    public int Connections => _connections;

    /// <summary>Number of connections that the proxy has broken.</summary>
    public int Faults => _faults;

    /// <summary>Number of connections that are open now, including silent ones.</summary>
    public int Open => _connectionTasks.Count;

    /// <summary>Sets the conditions of new connections.</summary>
    public void UseConditions(Func<int, Random, NetworkConditions> chooseConditions) => _chooseConditions = chooseConditions;

    /// <summary>Sets the conditions of all connections, open and new.</summary>
    public void SetConditions(NetworkConditions conditions)
    {
        _chooseConditions = (_, _) => conditions;
        foreach (var (connection, _) in _connectionTasks.Values)
            connection.Conditions = conditions;
    }

    /// <summary>Breaks all open connections immediately.</summary>
    public void FailAll(NetworkFaultKind kind)
    {
        foreach (var (connection, _) in _connectionTasks.Values)
            connection.Fail(kind);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_connectionTasks.Values.Select(entry => entry.Running));
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_closing.Token);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            var number = _connections++;
            var conditions = _chooseConditions(number, new Random(unchecked((_seed * 397) ^ number)));
            var connection = new FaultyConnection(client, conditions, () => Interlocked.Increment(ref _faults));
            var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _connectionTasks[number] = (connection, RunAsync(number, connection, begin.Task));
            begin.SetResult();
        }
    }

    /// <param name="begin">Completes when the connection is registered, so that this method can remove it.</param>
    private async Task RunAsync(int number, FaultyConnection connection, Task begin)
    {
        await begin;
        await connection.RunAsync(_server, _closing.Token);
        _connectionTasks.TryRemove(number, out _);
    }
}
