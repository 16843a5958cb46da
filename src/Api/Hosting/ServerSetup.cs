using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Hosting.Kestrel;
using SseStreaming.Api.Hosting.Shutdown;
using SseStreaming.Application;
using SseStreaming.AspNetCore.Hosting;
using SseStreaming.AspNetCore.Streaming;

namespace SseStreaming.Api.Hosting;

/// <summary>Configures Kestrel and the time that the host has to stop.</summary>
internal static class ServerSetup
{
    private const string DefaultAddress = "http://localhost:5081";

    /// <summary>
    /// When a network or a server recovers, many clients connect at the same time. With the default of 512 the accept queue overflowed
    /// at 1,000 clients, which then waited about a second.
    /// </summary>
    private const int Backlog = 4096;

    private const int MaxConnections = 25_000;

    private static readonly TimeSpan RequestHeadersTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Kestrel sends no pings by default, and would keep the connections of clients that lost their network.</summary>
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);

    /// <summary>Longest time of a stop after the drain: closing streams in a slow store, and releasing generators.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);

    public static void AddServer(this WebApplicationBuilder builder)
    {
        string[] addressKeys = ["urls", "http_ports", "https_ports", "Kestrel:Endpoints"];
        if (!addressKeys.Any(key => builder.Configuration.GetSection(key).Exists()))
            builder.WebHost.UseUrls(DefaultAddress);
        // The slim builder leaves out both. HTTP/3 loads a native library, which a server behind a proxy does not need.
        if (UsesHttps(builder.Configuration))
            builder.WebHost.UseKestrelHttpsConfiguration().UseQuic();

        // Not validated yet: the validation rejects a value out of range, and the sum must not overflow before that.
        var drainTime = (builder.Configuration.GetSection(StreamsOptions.Section).Get<StreamsOptions>() ?? new StreamsOptions()).DrainTime;
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTime + TimeSpan.FromTicks(Math.Clamp(drainTime.Ticks, 0, TimeSpan.TicksPerDay)));

        builder.WebHost.UseSockets(sockets =>
        {
            sockets.Backlog = Backlog;
            // A flush sends on its own thread instead of through a queue, which would cost one entry per viewer and event. The formatter
            // flushes once per batch, so the system calls are few.
            sockets.UnsafePreferInlineScheduling = true;
        });
        builder.Services.AddValidatedOptions<ConnectionLimits>(ConnectionLimits.Section);
        builder.Services.AddSingleton<PerAddressConnectionLimiter>();
        builder.Services.AddSingleton<RequestLineLimit>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            SetLimits(kestrel.Limits, kestrel.ApplicationServices, builder.Configuration);
            kestrel.ConfigureEndpointDefaults(endpoint =>
            {
                PerAddressConnectionLimiter.Use(endpoint);
                ShutdownConnectionDeadline.Use(endpoint);
                TransportOutput.Use(endpoint);
            });
        });
    }

    private static bool UsesHttps(ConfigurationManager configuration) =>
        configuration["urls"]?.Contains("https:", StringComparison.OrdinalIgnoreCase) is true
        || configuration["https_ports"] is { Length: > 0 }
        || configuration.GetSection("Kestrel:Endpoints").Exists();

    private static void SetLimits(KestrelServerLimits limits, IServiceProvider services, IConfiguration configuration)
    {
        limits.MaxConcurrentConnections = MaxConnections;
        limits.RequestHeadersTimeout = RequestHeadersTimeout;
        limits.Http2.KeepAlivePingDelay = PingDelay;
        KestrelLimits.Apply(configuration, limits);
        limits.MaxRequestBodySize = services.GetRequiredService<IOptions<BodyLimit>>().Value.BodyBytes;
        services.GetRequiredService<RequestLineLimit>().Raise(limits);
    }
}
