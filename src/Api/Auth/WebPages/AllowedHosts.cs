using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using SseStreaming.Api.Hosting;

namespace SseStreaming.Api.Auth.WebPages;

/// <summary>
/// The hosts that a request may name. The owner of a web page can point the page's name to this server (DNS rebinding); the browser
/// would then take the server for the page's own, and let the page read streams.
/// </summary>
internal sealed class AllowedHosts
{
    /// <summary>The framework's setting. It adds to the server's own hosts; <c>*</c> allows all.</summary>
    public const string Setting = "AllowedHosts";

    private readonly List<StringSegment> _configured;
    private readonly bool _allowsAll;
    // The addresses are known once the server has started.
    private readonly Lazy<List<ListenAddress>> _listening;

    public AllowedHosts(IConfiguration configuration, IOptions<AuthOptions> auth, IServer server)
    {
        _configured = [.. Split(configuration[Setting]).Select(name => new StringSegment(name))];
        _allowsAll = _configured.Contains("*") || (_configured.Count == 0 && auth.Value.IsRequired);
        _listening = new(() => [.. GetUrls(configuration, server).Select(ListenAddress.Parse).OfType<ListenAddress>()]);
    }

    public bool Allows(HttpContext context) =>
        _allowsAll
        // Every browser sends a host, and connects to IP addresses only.
        || !context.Request.Host.HasValue
        || context.Connection.LocalIpAddress is null
        || IsOwn(context.Request.Host.Host)
        || HostString.MatchesAny(context.Request.Host.Host, _configured);

    private bool IsOwn(string host) =>
        ListenAddress.ParseAddress(host) is { } address ? IsOwn(address) : IsOwnName(host.TrimEnd('.'));

    /// <summary>
    /// A server on all addresses allows every address: behind address translation it does not know its own, and rebinding needs a name.
    /// It does not allow 0.0.0.0, because browsers don't mark requests to it as cross-site.
    /// </summary>
    private bool IsOwn(IPAddress address) =>
        IPAddress.IsLoopback(address)
        || (!ListenAddress.IsUnspecified(address) && _listening.Value.Exists(listening => listening.IsWildcard || address.Equals(listening.Address)));

    private bool IsOwnName(string name) =>
        name.Equals(ListenAddress.LocalHost, StringComparison.OrdinalIgnoreCase)
        || name.EndsWith($".{ListenAddress.LocalHost}", StringComparison.OrdinalIgnoreCase)
        || _listening.Value.Exists(listening => name.Equals(listening.Host, StringComparison.OrdinalIgnoreCase))
        || (IsNameOfMachine(name) && _listening.Value.Exists(listening => !listening.IsLoopback));

    private static bool IsNameOfMachine(string name) =>
        name.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase) || name.Equals(Dns.GetHostName(), StringComparison.OrdinalIgnoreCase);

    /// <summary>With the configured ones: Kestrel listens on all addresses for a name that it does not know, and then reports only these.</summary>
    private static IEnumerable<string> GetUrls(IConfiguration configuration, IServer server) =>
    [
        .. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [],
        .. Split(configuration["urls"]),
        .. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>(),
    ];

    private static string[] Split(string? list) => list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
