using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using SseStreaming.Application;

namespace SseStreaming.Api.Hosting.Proxies;

/// <summary>
/// Behind trusted proxies, the client's address is the one that they report. Otherwise it is that of the connection, because any client
/// can send the header.
/// </summary>
internal static partial class TrustedProxies
{
    public static void AddTrustedProxies(this IServiceCollection services)
    {
        services.AddValidatedOptions<ProxiesOptions>(ProxiesOptions.Section);
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ProxiesOptions>>((forwarded, proxies) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedPrefix;
            // By default the framework trusts the loopback address.
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in proxies.Value.Networks)
                forwarded.KnownIPNetworks.Add(network);
            // All hops, from the last one backwards, until one is not trusted.
            forwarded.ForwardLimit = null;
        });
    }

    public static void UseTrustedProxies(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<ProxiesOptions>>().Value.Trusted.Count > 0)
            app.UseForwardedHeaders();
        else
            app.Use(ReportUntrusted(app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(TrustedProxies))));
    }

    /// <summary>Without the setting, all clients of a proxy share the limits of one.</summary>
    private static Func<RequestDelegate, RequestDelegate> ReportUntrusted(ILogger logger)
    {
        var isReported = false;
        return next => context =>
        {
            if (!isReported && context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName))
            {
                isReported = true;
                Log.Untrusted(logger);
            }
            return next(context);
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information,
            "X-Forwarded-For of a request is ignored, because Proxies:Trusted is empty. If there is a proxy in front of this server, all its clients count as one")]
        public static partial void Untrusted(ILogger logger);
    }
}
