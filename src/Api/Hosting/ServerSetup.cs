using Microsoft.Extensions.Options;
using SseStreaming.Api.Hosting.Kestrel;
using SseStreaming.Api.Hosting.Shutdown;
using SseStreaming.Application;

namespace SseStreaming.Api.Hosting;

internal static class ServerSetup
{
    private const string DefaultAddress = "http://localhost:5081";

    /// <summary>
    /// Many clients come at once when a network or a server comes back: with the usual 512 places the queue of the listening
    /// socket overflows at 1,000, and its clients wait about a second for another try.
    /// </summary>
    private const int Backlog = 4096;

    /// <summary>
    /// What a stop takes beside the drain, at the most: to close streams in a store that answers slowly, and to have generators let go.
    /// </summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);

    public static void AddServer(this WebApplicationBuilder builder)
    {
        string[] addressKeys = ["urls", "http_ports", "https_ports", "Kestrel:Endpoints"];
        if (!addressKeys.Any(key => builder.Configuration.GetSection(key).Exists()))
            builder.WebHost.UseUrls(DefaultAddress);

        // Read before it is validated: a value out of its range stops the start, and not the sum.
        var drainTime = (builder.Configuration.GetSection(StreamsOptions.Section).Get<StreamsOptions>() ?? new StreamsOptions()).DrainTime;
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTime + TimeSpan.FromTicks(Math.Clamp(drainTime.Ticks, 0, TimeSpan.TicksPerDay)));

        builder.WebHost.UseSockets(sockets =>
        {
            sockets.Backlog = Backlog;
            // A flush then sends at once, on its own thread, and not after a turn in a queue: of that there is one for each viewer and
            // event otherwise. It makes each flush a system call, which is what it should be: the formatter flushes once a batch.
            sockets.UnsafePreferInlineScheduling = true;
        });
        builder.Services.AddValidatedOptions<ConnectionLimits>(ConnectionLimits.Section);
        builder.Services.AddSingleton<PerAddressConnectionLimiter>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ApplicationServices.GetRequiredService<IOptions<ConnectionLimits>>().Value.ApplyTo(kestrel.Limits);
            kestrel.ConfigureEndpointDefaults(endpoint =>
            {
                PerAddressConnectionLimiter.Use(endpoint);
                ShutdownConnectionDeadline.Use(endpoint);
            });
        });
    }
}
