using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Api.Hosting.Proxies;

/// <summary>
/// An address as one client. Of IPv6 that is the network of 64 bits, which is what a household or a machine is given: each has
/// more addresses in it than there are to count.
/// </summary>
internal static class ClientAddress
{
    private const string Local = "local";
    private const int NetworkBytes = 8;

    public static string ToClientKey(EndPoint? endPoint) => ToClientKey((endPoint as IPEndPoint)?.Address);

    public static string ToClientKey(IPAddress? address)
    {
        if (address is null)
            // A socket of the operating system: whoever may open it.
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
