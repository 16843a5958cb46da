using System.Net;

namespace SseStreaming.Api.Hosting;

/// <summary>The host of an address that the server listens on.</summary>
internal sealed record ListenAddress(string Host, IPAddress? Address)
{
    public const string LocalHost = "localhost";

    public bool IsLoopback => Host.Equals(LocalHost, StringComparison.OrdinalIgnoreCase) || (Address is not null && IPAddress.IsLoopback(Address));

    public bool IsWildcard => Host is "*" or "+" || Address is not null && IsUnspecified(Address);

    /// <param name="url">An address as in the setting <c>urls</c>.</param>
    /// <returns>Null for a Unix socket or a named pipe, which has no host.</returns>
    public static ListenAddress? Parse(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal);
        var rest = start < 0 ? url : url[(start + 3)..];
        if (rest.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("pipe:", StringComparison.OrdinalIgnoreCase))
            return null;
        var host = rest.Split('/', 2)[0];
        var colon = host.LastIndexOf(':');
        if (colon > host.LastIndexOf(']'))
            host = host[..colon];
        return new ListenAddress(host, ParseAddress(host));
    }

    /// <summary>The IP address that a host is, with or without brackets; null for a name.</summary>
    public static IPAddress? ParseAddress(string host) =>
        !IPAddress.TryParse(host.Trim('[', ']'), out var address) ? null : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    public static bool IsUnspecified(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
