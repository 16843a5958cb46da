using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace SseStreaming.Benchmarks.Load;

/// <summary>nginx with nchan: a channel to which this process publishes, and which it sends to its subscribers as events.</summary>
internal static class NchanServer
{
    public const string Name = "nginx with nchan";
    public const string Module = "/usr/lib/nginx/modules/ngx_nchan_module.so";

    /// <summary>One process, whose processor time is that of the server.</summary>
    private const string Configuration =
        "load_module " + Module + "; daemon off; master_process off; pid nchan.pid; error_log stderr error; worker_rlimit_nofile 65536; events { worker_connections 32768; } "
        + "http { access_log off; server { listen 127.0.0.1:{port} backlog=4096; "
        + "location = /publish { nchan_publisher; nchan_channel_id words; } "
        + "location = /events { nchan_subscriber eventsource; nchan_channel_id words; nchan_subscriber_first_message newest; } } }";

    private static readonly ConcurrentDictionary<IPEndPoint, Task> Publishers = new();

    public static string[] Command { get; } =
        ["sh", "-c", "folder=$(mktemp -d) && echo '" + Configuration + "' > \"$folder/nginx.conf\" && exec nginx -p \"$folder\" -c nginx.conf -e stderr"];

    /// <summary>The request of a subscriber. The first one starts the publisher, which ends with the server.</summary>
    public static LoadRequest Share(ServerProcess server, int pace)
    {
        Publishers.GetOrAdd(server.Address, address => PublishAsync(address, pace));
        return new LoadRequest("/events") { Headers = "Accept: text/event-stream\r\n" };
    }

    private static async Task PublishAsync(IPEndPoint address, int pace)
    {
        using var http = new HttpClient();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(pace));
        try
        {
            while (await timer.WaitForNextTickAsync())
            {
                using var word = new StringContent(Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture));
                using var response = await http.PostAsync(new Uri($"http://{address}/publish"), word);
            }
        }
        // The server has ended.
        catch (HttpRequestException)
        {
        }
    }
}
