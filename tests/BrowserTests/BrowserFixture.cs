using Microsoft.Playwright;
using SseStreaming.BrowserTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.BrowserTests;

/// <summary>What all tests share: one browser, and one server for those that leave it alive.</summary>
[SetUpFixture]
internal sealed class BrowserFixture
{
    /// <summary>Silence after which the server of all tests sends a heartbeat.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    private static IPlaywright? _playwright;
    private static UpstreamServer? _model;
    private static ServerNode? _server;
    private static string _folder = "";

    public static IBrowser Browser { get; private set; } = null!;

    public static Uri Server => _server!.Address;

    public static string Log => Path.Combine(_folder, "server.log");

    /// <summary>What the source <c>model</c> answers.</summary>
    public static Func<UpstreamCall, Task> Model { get; set; } = UpstreamServer.Streaming(Sse.Answer("Well."));

    [OneTimeSetUp]
    public async Task Build()
    {
        Chromium.Require();
        var page = Path.Combine(Repository.Root, "src", "Api", "wwwroot", "index.html");
        TestRequirements.Require(File.Exists(page), "The page is not built, which takes Node.js with npm.");

        _folder = Directory.CreateTempSubdirectory("sse-streaming-").FullName;
        _model = new UpstreamServer(call => Model(call));
        _server = new ServerNode("server", _folder, new Dictionary<string, string>
        {
            ["Store"] = "Memory",
            ["Sse__Heartbeat"] = Heartbeat.ToString(),
            ["Sse__Retry"] = "00:00:00.300",
            ["Sources__OpenAi__model__Endpoint"] = _model.Endpoint,
            ["Sources__OpenAi__model__Model"] = "m",
            ["Sources__OpenAi__model__Retries"] = "0",
        });
        _playwright = await Playwright.CreateAsync();
        var starting = _server.StartAsync();
        Browser = await Chromium.LaunchAsync(_playwright);
        await starting;
    }

    [OneTimeTearDown]
    public async Task Strike()
    {
        if (Browser is not null)
            await Browser.CloseAsync();
        _playwright?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        if (_model is not null)
            await _model.DisposeAsync();
        if (_folder.Length > 0)
            Directory.Delete(_folder, recursive: true);
    }
}
