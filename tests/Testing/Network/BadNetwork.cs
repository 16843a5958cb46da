using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Testing.Network;

/// <summary>
/// A proxy that clients reach a server through, and that treats their connections as bad networks do. With the same seed the
/// n-th connection gets the same weather.
/// </summary>
public sealed class BadNetwork : IAsyncDisposable
{
    private const int Backlog = 4096;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<int, (BadLink Link, Task Running)> _links = new();
    private readonly IPEndPoint _server;
    private readonly int _seed;
    private readonly Task _accepting;
    private volatile Func<int, Random, Weather> _forecast;
    private int _connections;
    private int _breaks;

    /// <param name="server">A server on this machine.</param>
    /// <param name="forecast">The weather of each connection, by its number from 0; its randomness comes from the seed.</param>
    /// <param name="seed">What is random is repeated with it.</param>
    public BadNetwork(Uri server, Func<int, Random, Weather> forecast, int seed = 0)
    {
        _server = new IPEndPoint(IPAddress.Loopback, server.Port);
        _forecast = forecast;
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
    public int Breaks => _breaks;

    /// <summary>Connections that it holds open now, silent ones too.</summary>
    public int Open => _links.Count;

    /// <summary>Connections from now on get their weather from here.</summary>
    public void Expect(Func<int, Random, Weather> forecast) => _forecast = forecast;

    /// <summary>All connections have this weather now, open ones and those to come.</summary>
    public void Switch(Weather weather)
    {
        _forecast = (_, _) => weather;
        foreach (var (link, _) in _links.Values)
            link.Weather = weather;
    }

    /// <summary>Breaks all open connections now, wherever they are.</summary>
    public void BreakAll(BreakKind kind)
    {
        foreach (var (link, _) in _links.Values)
            link.Break(kind);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_links.Values.Select(entry => entry.Running));
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
            var weather = _forecast(number, new Random(unchecked((_seed * 397) ^ number)));
            var link = new BadLink(client, weather, () => Interlocked.Increment(ref _breaks));
            var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _links[number] = (link, RunAsync(number, link, begin.Task));
            begin.SetResult();
        }
    }

    /// <param name="begin">Not before the connection is on the list that it takes itself off.</param>
    private async Task RunAsync(int number, BadLink link, Task begin)
    {
        await begin;
        await link.RunAsync(_server, _closing.Token);
        _links.TryRemove(number, out _);
    }
}
