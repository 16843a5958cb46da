using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.IntegrationTests.Embedding;

/// <summary>An application of its own, with Kestrel on its own port, that may use the package.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    /// <summary>A source of the application: as many numbers as a request asks for.</summary>
    public const string Source = "numbers";

    private readonly WebApplication _app;

    private TestHost(WebApplication app)
    {
        _app = app;
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(app.Urls.Single()),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public HttpClient Client { get; }

    public static async Task<TestHost> StartAsync(Action<WebApplicationBuilder> configure, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // The application's own name, as that of a program.
            ApplicationName = typeof(TestHost).Assembly.GetName().Name,
            EnvironmentName = "Production",
            // Without the settings of the server.
            ContentRootPath = Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.WorkDirectory, "host")).FullName,
        });
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Configuration["Store"] = "Memory";
        builder.Configuration["Streams:DrainTime"] = "00:00:00";
        configure(builder);
        var app = builder.Build();
        try
        {
            map(app);
            await app.StartAsync();
            return new TestHost(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>The package, with one source.</summary>
    public static void AddStreams(WebApplicationBuilder builder) =>
        builder.Services.AddTextStreams().AddTextSource(Source, CountAsync, source => source with
        {
            Options = [new("count", OptionType.Integer, "How many.") { Minimum = 0, Maximum = 100_000, Default = 3 }],
        });

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async IAsyncEnumerable<string> CountAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var number = 0; number < request.Options.Integer("count"); number++)
        {
            await Task.Yield();
            yield return $"{number} ";
        }
    }
}
