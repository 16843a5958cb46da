using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Hosting.Proxies;

namespace SseStreaming.Api.Hosting.Kestrel;

/// <summary>
/// Closes connections of an address that has too many already, before a byte of them is read: thousands from one client leave
/// the rest their places. Of an address without connections nothing is kept.
/// </summary>
internal sealed partial class PerAddressConnectionLimiter(IOptions<ConnectionLimits> limits, IOptions<ProxiesOptions> proxies, ILogger<PerAddressConnectionLimiter> logger)
{
    private readonly Dictionary<string, Count> _open = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly int _maxConnections = limits.Value.ConnectionsPerAddress;
    private readonly ProxiesOptions _proxies = proxies.Value;

    public static void Use(ListenOptions endpoint)
    {
        var bound = endpoint.ApplicationServices.GetRequiredService<PerAddressConnectionLimiter>();
        if (bound._maxConnections > 0)
            endpoint.Use(next => connection => bound.RunAsync(next, connection));
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
            connection.Abort(new ConnectionAbortedException("The address has as many connections as it may."));
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
        var isNews = false;
        lock (_gate)
        {
            if (!_open.TryGetValue(address, out var count))
                _open[address] = count = new Count();
            if (count.Connections < _maxConnections)
            {
                count.Connections++;
                return true;
            }
            // Once for a flood, not once for each of its connections.
            isNews = !count.IsReported;
            count.IsReported = true;
        }
        if (isNews)
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
        [LoggerMessage(1, LogLevel.Warning, "{Address} has {Connections} connections: more are closed as they come")]
        public static partial void TooMany(ILogger logger, string address, int connections);
    }
}
