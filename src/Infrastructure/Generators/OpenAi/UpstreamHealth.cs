using System.Net.Sockets;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>
/// Whether a model can be used: how the last generation went, and whether the server takes connections. It is not asked for
/// anything, because that may cost money.
/// </summary>
internal sealed class UpstreamHealth : IDisposable
{
    /// <summary>A fault is held against a server for this long, unless it works again before.</summary>
    private static readonly TimeSpan Grudge = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly CachedProbe _connect;
    private volatile LastFault? _last;

    public UpstreamHealth(Uri endpoint, TimeProvider time)
    {
        _time = time;
        _connect = new CachedProbe(token => ConnectAsync(endpoint, token), time);
    }

    public void Worked() => _last = null;

    public void Failed(UpstreamFault fault) => _last = fault.IsOfTheRequest ? _last : new LastFault(fault, _time.GetTimestamp());

    /// <summary>Null if it can be used, else why not.</summary>
    public ValueTask<string?> AskAsync(CancellationToken cancellationToken) =>
        _last is { } last && _time.GetElapsedTime(last.At) < Grudge
            ? new($"the last generation failed ({last.Fault.Type})")
            : _connect.AskAsync(cancellationToken);

    public void Dispose() => _connect.Dispose();

    private static async Task<string?> ConnectAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        // Behind a proxy the server itself can't be connected to, and need not be.
        if (!HttpClient.DefaultProxy.IsBypassed(endpoint) && HttpClient.DefaultProxy.GetProxy(endpoint) is not null)
            return null;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint.IdnHost, endpoint.Port, cancellationToken);
        return null;
    }

    private sealed record LastFault(UpstreamFault Fault, long At);
}
