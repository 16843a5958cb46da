using Microsoft.Playwright;
using SseStreaming.BrowserTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.BrowserTests;

/// <summary>Shared by all tests: one browser, and one server for the tests that do not stop it.</summary>
[SetUpFixture]
internal sealed class BrowserFixture
{
    /// <summary>The silence after which the shared server sends a heartbeat.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    private static IPlaywright? _playwright;
    private static UpstreamServer? _model;
    private static ServerNode? _server;
    private static string _folder = "";

    public static IBrowser Browser { get; private set; } = null!;

    public static Uri Server => _server!.Address;

    public static string Log => Path.Combine(_folder, "server.log");

    /// <summary>The response of the source <c>model</c>.</summary>
    public static Func<UpstreamCall, Task> Model { get; set; } = UpstreamServer.Streaming(Sse.Answer("Well."));

    [OneTimeSetUp]
    public async Task StartServer()
    {
        Chromium.Require();
        var page = Path.Combine(Repository.Root, "src", "Api", "wwwroot", "index.html");
        TestRequirements.Require(File.Exists(page), "The page is not built. Building it requires Node.js with npm.");

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
    public async Task StopServer()
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
