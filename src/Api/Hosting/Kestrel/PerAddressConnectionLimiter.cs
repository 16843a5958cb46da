using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Hosting.Proxies;
using SseStreaming.AspNetCore.Auth;

namespace SseStreaming.Api.Hosting.Kestrel;

/// <summary>
/// Closes further connections of an address that has too many, before it reads a byte of them, so that one client can't use up all
/// connections. An address without connections takes no memory.
/// </summary>
internal sealed partial class PerAddressConnectionLimiter(IOptions<ConnectionLimits> limits, IOptions<ProxiesOptions> proxies, ILogger<PerAddressConnectionLimiter> logger)
{
    private readonly Dictionary<string, Count> _open = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly int _maxConnections = limits.Value.ConnectionsPerAddress;
    private readonly ProxiesOptions _proxies = proxies.Value;

    public static void Use(ListenOptions endpoint)
    {
        var limiter = endpoint.ApplicationServices.GetRequiredService<PerAddressConnectionLimiter>();
        if (limiter._maxConnections > 0)
            endpoint.Use(next => connection => limiter.RunAsync(next, connection));
    }

    private async Task RunAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        if (connection.RemoteEndPoint is IPEndPoint { Address: var remote } && _proxies.Trusts(remote))
        {
            await next(connection);
            return;
        }
        var address = ClientAddress.ToClientKey(connection.RemoteEndPoint);
        if (!TryAcquire(address))
        {
            connection.Abort(new ConnectionAbortedException("The address has reached its limit of connections."));
            return;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            Release(address);
        }
    }

    private bool TryAcquire(string address)
    {
        var isFirst = false;
        lock (_gate)
        {
            if (!_open.TryGetValue(address, out var count))
                _open[address] = count = new Count();
            if (count.Connections < _maxConnections)
            {
                count.Connections++;
                return true;
            }
            // One line for a flood instead of one for each connection.
            isFirst = !count.IsReported;
            count.IsReported = true;
        }
        if (isFirst)
            Log.TooMany(logger, address, _maxConnections);
        return false;
    }

    private void Release(string address)
    {
        lock (_gate)
        {
            if (--_open[address].Connections == 0)
                _open.Remove(address);
        }
    }

    private sealed class Count
    {
        public int Connections { get; set; }

        public bool IsReported { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Address} has reached its limit of {Connections} connections: further ones are closed")]
        public static partial void TooMany(ILogger logger, string address, int connections);
    }
}
