using System.Net;
using System.Net.Sockets;

namespace SseStreaming.AspNetCore.Auth;

/// <summary>
/// The key of a client: its address, or for IPv6 the network of 64 bits, which is what one household or machine is assigned. Each
/// has too many addresses to count them one by one.
/// </summary>
internal static class ClientAddress
{
    private const string Local = "local";
    private const int NetworkBytes = 8;

    public static string ToClientKey(EndPoint? endPoint) => ToClientKey((endPoint as IPEndPoint)?.Address);

    public static string ToClientKey(IPAddress? address)
    {
        if (address is null)
            // A Unix socket, or a named pipe.
            return Local;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
            return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
