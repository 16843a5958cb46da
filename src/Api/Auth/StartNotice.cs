using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Hosting;
using SseStreaming.AspNetCore.Auth.Grants;

namespace SseStreaming.Api.Auth;

/// <summary>Logs, once the server listens, what its operator should know about access.</summary>
internal static partial class StartNotice
{
    public static void Register(WebApplication app) => app.Lifetime.ApplicationStarted.Register(() => Write(
        app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(StartNotice)),
        app.Services.GetRequiredService<IOptions<AuthOptions>>().Value,
        app.Services.GetRequiredService<GrantSigner>(),
        // Once the server has started these are the addresses that it listens on, from any source of configuration.
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []));

    /// <summary>False for an address that other machines may reach, and for one that can't be parsed.</summary>
    public static bool IsLocal(string address) => ListenAddress.Parse(address) is not { IsLoopback: false };

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
            "Other machines can reach {Addresses}, and requests need no token: every client can start streams, and read and stop streams whose ids it knows. Set Auth:Required to require tokens")]
        public static partial void Open(ILogger logger, string addresses);

        [LoggerMessage(2, LogLevel.Information,
            "Streams can't be shared by grants: Auth:GrantKey (or Auth:GrantKeyFile) is not set, the same on all nodes")]
        public static partial void NoGrants(ILogger logger);
    }
}
