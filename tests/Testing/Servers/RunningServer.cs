using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Serilog.Events;
using SseStreaming.Api.Observability;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;

namespace SseStreaming.Testing.Servers;

/// <summary>The production server, started through its own entry point, with Kestrel on real sockets and its own port.</summary>
internal sealed class RunningServer : WebApplicationFactory<Program>
{
    private readonly Dictionary<string, string> _settings;
    private readonly Action<IServiceCollection> _configure;
    private readonly CancellationTokenSource _stopped = new();
    private ActiveGenerations? _generations;

    /// <summary>All clients of a test share one address, so the limits per client are disabled. Tests of these limits set them.</summary>
    private static readonly Dictionary<string, string> Unbounded = new()
    {
        ["Limits:RunningGenerationsPerClient"] = "0",
        ["Limits:ViewersPerClient"] = "0",
        ["Limits:StartsPerMinutePerClient"] = "0",
        ["Limits:ConnectionsPerAddress"] = "0",
    };

    private RunningServer(Dictionary<string, string> settings, Action<IServiceCollection> configure)
    {
        _settings = settings;
        if (settings.TryGetValue("Serilog:MinimumLevel", out var level))
            Log.Level = Enum.Parse<LogEventLevel>(level);
        _configure = configure;
    }

    /// <summary>The lines that the server's log writes, after its levels and filters.</summary>
    public LogCapture Log { get; } = new();

    public Uri Address { get; private set; } = null!;

    public IPEndPoint EndPoint => new(IPAddress.Loopback, Address.Port);

    /// <summary>Has no time-out: each test limits its own waits.</summary>
    public HttpClient Client { get; private set; } = null!;

    public ITextStreamService Streams => Services.GetRequiredService<ITextStreamService>();

    /// <summary>The state of a stream, read without an HTTP request, which would appear in the log.</summary>
    public async Task<StreamState> StateAsync(StreamId streamId, string? owner = null) =>
        (await Streams.GetStateAsync(new Caller(owner, "a test"), streamId, CancellationToken.None)).Value ?? throw new AssertionException("The stream is unknown.");

    public Task<byte[]> TextAsync(StreamId streamId) => Client.GetByteArrayAsync(new Uri($"/streams/{streamId}/text", UriKind.Relative));

    /// <summary>Number of generations whose generator has not been disposed yet.</summary>
    public int Generations => _generations!.Count;

    /// <summary>Number of subscriptions of readers that have not been disposed.</summary>
    public int Subscriptions => ((SubscriptionCounter)Services.GetRequiredService<IStreamSignal>()).Count;

    public static RunningServer Start(params ITextGenerator[] generators) => Start([], generators);

    public static RunningServer Start(
        Dictionary<string, string> settings, IEnumerable<ITextGenerator> generators, Action<IServiceCollection>? configure = null)
    {
        var server = new RunningServer(settings, services =>
        {
            foreach (var generator in generators)
                services.AddSingleton(generator);
            configure?.Invoke(services);
        });
        server.UseKestrel();
        server.StartServer();
        // The program reports an invalid setting on the console and exits; the factory would only report a server without an address.
        server.Services.GetRequiredService<IStartupValidator>().Validate();
        server._generations = new ActiveGenerations(server.Services.GetRequiredService<IMeterFactory>());
        server.Address = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        server.Client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            // By default an abandoned response is read for 2 s more, to keep the connection reusable.
            ResponseDrainTimeout = TimeSpan.Zero,
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        })
        {
            BaseAddress = server.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped.Register(server._stopped.Cancel);
        return server;
    }

    /// <summary>Requests the host to stop, as a signal of the operating system does, and waits until it has stopped.</summary>
    public async Task StopAsync()
    {
        Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await Eventually.Happens(() => _stopped.IsCancellationRequested, "the host stops");
    }

    public override async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        _generations?.Dispose();
        await base.DisposeAsync();
        Log.Dispose();
        _stopped.Dispose();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production");
        // The port of UseKestrel is not used: it is set while the entry point already starts the server, which is sometimes too late.
        builder.UseUrls("http://127.0.0.1:0");
        builder.UseSetting("Store", "Memory");
        // Otherwise a test that ends during a generation would wait for its end.
        builder.UseSetting("Streams:DrainTime", "00:00:00");
        // An empty web root, so that no test depends on whether the page has been built.
        builder.UseWebRoot(Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.WorkDirectory, "webroot")).FullName);
        foreach (var (key, value) in Log.Settings.Concat(Unbounded).Concat(_settings))
            builder.UseSetting(key, value);
        builder.ConfigureTestServices(services =>
        {
            // It reports the tasks of the whole process, including those of the tests. EnduranceTests checks its reports in a separate
            // server process.
            services.Remove(services.Single(service => service.ImplementationType == typeof(UnobservedExceptions)));
            services.AddSingleton<IStreamSignal>(provider => new SubscriptionCounter(provider.GetRequiredService<InProcessSignal>()));
            _configure(services);
        });
    }
}
