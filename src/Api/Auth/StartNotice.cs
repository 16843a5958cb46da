using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Auth.Grants;

namespace SseStreaming.Api.Auth;

/// <summary>Says once the server listens what its operator should know about who can come.</summary>
internal static partial class StartNotice
{
    public static void Register(WebApplication app) => app.Lifetime.ApplicationStarted.Register(() => Write(
        app.Logger,
        app.Services.GetRequiredService<IOptions<AuthOptions>>().Value,
        app.Services.GetRequiredService<GrantSigner>(),
        // After the start these are the addresses that the server listens on, wherever they were configured.
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []));

    /// <summary>False for an address that other machines may reach; so also for one that is not understood.</summary>
    public static bool IsLocal(string address)
    {
        var start = address.IndexOf("://", StringComparison.Ordinal);
        var rest = start < 0 ? address : address[(start + 3)..];
        if (rest.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("pipe:", StringComparison.OrdinalIgnoreCase))
            return true;
        var host = rest.Split('/', 2)[0];
        var colon = host.LastIndexOf(':');
        if (colon > host.LastIndexOf(']'))
            host = host[..colon];
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip));
    }

    public static void Write(ILogger logger, AuthOptions auth, GrantSigner grants, IEnumerable<string> addresses)
    {
        if (auth.IsRequired && !grants.CanSign)
            Log.NoGrants(logger);
        var open = auth.IsRequired ? [] : addresses.Where(address => !IsLocal(address)).ToList();
        if (open.Count > 0)
            Log.Open(logger, string.Join(", ", open));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "Other machines can reach {Addresses}, and nobody has to say who they are: who can connect can start streams, and read and stop those whose ids they know. Auth:Required changes that")]
        public static partial void Open(ILogger logger, string addresses);

        [LoggerMessage(2, LogLevel.Information,
            "Streams can't be shared by grants: Auth:GrantKey (or Auth:GrantKeyFile) is not set, the same on all nodes")]
        public static partial void NoGrants(ILogger logger);
    }
}
