using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Testing.Network;

/// <summary>
/// A proxy that clients reach a server through, and that treats their connections as bad networks do. With the same seed the
/// n-th connection gets the same conditions.
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
    /// <param name="chooseConditions">The conditions of each connection, by its number from 0; its randomness comes from the seed.</param>
    /// <param name="seed">What is random is repeated with it.</param>
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

    /// <summary>Where clients find the server.</summary>
    public Uri Address { get; }

    /// <summary>Connections that clients made so far.</summary>
    public int Connections => _connections;

    /// <summary>Connections that it broke so far.</summary>
    public int Faults => _faults;

    /// <summary>Connections that it holds open now, silent ones too.</summary>
    public int Open => _connectionTasks.Count;

    /// <summary>Connections from now on get their conditions from here.</summary>
    public void UseConditions(Func<int, Random, NetworkConditions> chooseConditions) => _chooseConditions = chooseConditions;

    /// <summary>All connections have these conditions now, open ones and those to come.</summary>
    public void SetConditions(NetworkConditions conditions)
    {
        _chooseConditions = (_, _) => conditions;
        foreach (var (connection, _) in _connectionTasks.Values)
            connection.Conditions = conditions;
    }

    /// <summary>Breaks all open connections now, wherever they are.</summary>
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

    /// <param name="begin">Not before the connection is on the list that it takes itself off.</param>
    private async Task RunAsync(int number, FaultyConnection connection, Task begin)
    {
        await begin;
        await connection.RunAsync(_server, _closing.Token);
        _connectionTasks.TryRemove(number, out _);
    }
}
