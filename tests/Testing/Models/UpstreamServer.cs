using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Testing.Models;

/// <summary>
/// A fake model server that writes HTTP/1.1 to a real socket. Each request is answered by the next script; the last script answers
/// all further requests.
/// </summary>
internal sealed class UpstreamServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<UpstreamCall, Task>[] _scripts;
    private readonly List<UpstreamCall> _calls = [];
    private readonly List<UpstreamConnection> _connections = [];
    private readonly Lock _gate = new();
    private readonly Task _accepting;

    public UpstreamServer(params Func<UpstreamCall, Task>[] scripts)
    {
        _scripts = scripts;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Endpoint => $"http://127.0.0.1:{Port}/v1";

    /// <summary>The requests received so far.</summary>
    public IReadOnlyList<UpstreamCall> Calls
    {
        get
        {
            lock (_gate)
                return [.. _calls];
        }
    }

    /// <summary>Answers with a complete stream in pieces of <paramref name="pieceBytes"/>; 0 means one piece.</summary>
    public static Func<UpstreamCall, Task> Streaming(string frames, int pieceBytes = 0) => async call =>
    {
        await call.BeginStreamAsync();
        await call.WriteAsync(frames, pieceBytes);
        await call.EndStreamAsync();
    };

    public static Func<UpstreamCall, Task> Status(int status, string headers = "", string body = "the body of an error, with a s3cret") =>
        call => call.AnswerAsync(status, headers, body);

    public async Task<UpstreamCall> NextCallAsync(int number = 1)
    {
        await Eventually.Happens(() => Calls.Count >= number, $"request {number} was received");
        return Calls[number - 1];
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var connection in _connections)
            connection.Dispose();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var connection = new UpstreamConnection(await _listener.AcceptSocketAsync());
            lock (_gate)
                _connections.Add(connection);
            _ = ServeAsync(connection);
        }
    }

    private async Task ServeAsync(UpstreamConnection connection)
    {
        while (await connection.ReadRequestAsync() is { } call)
        {
            Func<UpstreamCall, Task> script;
            lock (_gate)
            {
                script = _scripts[Math.Min(_calls.Count, _scripts.Length - 1)];
                _calls.Add(call);
            }
            try
            {
                await script(call);
            }
            catch (IOException)
            {
                // Some tests disconnect the client in the middle of an answer.
            }
        }
    }
}
