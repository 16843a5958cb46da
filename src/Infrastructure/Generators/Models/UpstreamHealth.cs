using System.Net.Sockets;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>
/// Whether a model can be used: whether the last generation failed, and whether the server accepts connections. No request is
/// sent to it, because that may cost money.
/// </summary>
internal sealed class UpstreamHealth : IDisposable
{
    /// <summary>How long a fault counts, unless a generation succeeds before.</summary>
    private static readonly TimeSpan FaultLifetime = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly CachedProbe _connect;
    private volatile LastFault? _last;

    public UpstreamHealth(Uri? endpoint, TimeProvider time)
    {
        _time = time;
        _connect = new CachedProbe(token => endpoint is null ? Task.FromResult<string?>(null) : ConnectAsync(endpoint, token), time);
    }

    public void RecordSuccess() => _last = null;

    public void RecordFault(UpstreamFault fault) => _last = fault.IsOfTheRequest ? _last : new LastFault(fault, _time.GetTimestamp());

    /// <summary>Null if the model can be used, else the reason why not.</summary>
    public ValueTask<string?> AskAsync(CancellationToken cancellationToken) =>
        _last is { } last && _time.GetElapsedTime(last.At) < FaultLifetime
            ? new($"the last generation failed ({last.Fault.Type})")
            : _connect.ProbeAsync(cancellationToken);

    public void Dispose() => _connect.Dispose();

    private static async Task<string?> ConnectAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        // Behind a proxy there is no direct connection to the server.
        if (!HttpClient.DefaultProxy.IsBypassed(endpoint) && HttpClient.DefaultProxy.GetProxy(endpoint) is not null)
            return null;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint.IdnHost, endpoint.Port, cancellationToken);
        return null;
    }

    private sealed record LastFault(UpstreamFault Fault, long At);
}
