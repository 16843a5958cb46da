using Microsoft.Extensions.Options;
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

    public static void AddServer(this WebApplicationBuilder builder)
    {
        string[] addressKeys = ["urls", "http_ports", "https_ports", "Kestrel:Endpoints"];
        if (!addressKeys.Any(key => builder.Configuration.GetSection(key).Exists()))
            builder.WebHost.UseUrls(DefaultAddress);

        builder.WebHost.UseSockets(sockets => sockets.Backlog = Backlog);
        builder.Services.AddValidatedOptions<ConnectionLimits>(ConnectionLimits.Section);
        builder.Services.AddSingleton<AddressBound>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = kestrel.ApplicationServices.GetRequiredService<IOptions<LimitsOptions>>().Value.BodyBytes;
            kestrel.ApplicationServices.GetRequiredService<IOptions<ConnectionLimits>>().Value.ApplyTo(kestrel.Limits);
            kestrel.ConfigureEndpointDefaults(endpoint =>
            {
                AddressBound.Watch(endpoint);
                StopDeadline.Watch(endpoint);
            });
        });
    }
}
