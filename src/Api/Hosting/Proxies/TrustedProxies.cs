using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using SseStreaming.Application;

namespace SseStreaming.Api.Hosting.Proxies;

/// <summary>
/// Behind proxies that are trusted, a client's address is what they say; else it is where the connection comes from, for anybody
/// can write a header.
/// </summary>
internal static partial class TrustedProxies
{
    public static void AddTrustedProxies(this IServiceCollection services)
    {
        services.AddValidatedOptions<ProxiesOptions>(ProxiesOptions.Section);
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ProxiesOptions>>((forwarded, proxies) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            // The framework trusts the loopback address by itself.
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in proxies.Value.Networks)
                forwarded.KnownIPNetworks.Add(network);
            // From the last hop backwards, as long as each is trusted.
            forwarded.ForwardLimit = null;
        });
    }

    public static void UseTrustedProxies(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<ProxiesOptions>>().Value.Trusted.Count > 0)
            app.UseForwardedHeaders();
        else
            app.Use(NoteOfUntrusted(app.Services.GetRequiredService<ILogger<ProxiesOptions>>()));
    }

    /// <summary>An operator who forgot the setting would wonder why all clients share the bounds of one.</summary>
    private static Func<RequestDelegate, RequestDelegate> NoteOfUntrusted(ILogger logger)
    {
        var noted = false;
        return next => context =>
        {
            if (!noted && context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName))
            {
                noted = true;
                Log.Untrusted(logger);
            }
            return next(context);
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information,
            "A request came with X-Forwarded-For, which is ignored: Proxies:Trusted is empty. If there is a proxy before this server, all its clients count as one")]
        public static partial void Untrusted(ILogger logger);
    }
}
