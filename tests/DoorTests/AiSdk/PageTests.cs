using Microsoft.Playwright;
using SseStreaming.BrowserTests.Testing;
using SseStreaming.DoorTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.AiSdk;

/// <summary>The programs of docs/ai-sdk.md, in Chromium and in Node.js.</summary>
internal sealed class PageTests
{
    private const string Mount = """

        import { createRoot } from 'react-dom/client';
        createRoot(document.body).render(<Chat id={new URLSearchParams(location.search).get('chat')} />);
        """;

    private RunningServer _server = null!;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    [OneTimeSetUp]
    public void StartServer() => _server = RunningServer.Start(new() { ["Streams:Grace"] = "00:05:00" }, []);

    [OneTimeTearDown]
    public async Task StopServer()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Reload_InTheMiddle_ShowsTheWholeText()
    {
        var chat = new ChatClient(_server.Address, "reloaded");
        var page = await OpenAsync("reloaded");
        await page.GetByText("Send").ClickAsync();
        await page.WaitForFunctionAsync("document.querySelector('.assistant')?.textContent.length > 40");

        await page.ReloadAsync();

        await page.WaitForFunctionAsync("document.querySelector('.assistant') && document.querySelector('output').textContent === 'ready'");
        Assert.That(await chat.GetAsync("reason"), Is.EqualTo("stop"));
        Assert.That(await TextsAsync(page), Is.EqualTo(new[] { await chat.ReadTextAsync(await chat.GetAsync("id")) }));
    }

    [Test]
    public async Task StopButton_EndsTheGeneration()
    {
        var chat = new ChatClient(_server.Address, "stopped");
        var page = await OpenAsync("stopped");
        await page.GetByText("Send").ClickAsync();
        await page.WaitForFunctionAsync("document.querySelector('.assistant')?.textContent.length > 40");

        await page.GetByText("Stop").ClickAsync();

        await page.WaitForFunctionAsync("document.querySelector('output').textContent === 'ready'");
        Assert.That(await chat.GetAsync("reason"), Is.EqualTo("requested"));
        Assert.That(await TextsAsync(page), Is.EqualTo(new[] { await chat.ReadTextAsync(await chat.GetAsync("id")) }));
    }

    [Test]
    public async Task NodeProgram_PrintsTheTextAndTheFinishReason()
    {
        var program = DocumentSample.Read("ai-sdk.md", "js").Replace("http://localhost:5081/", _server.Address.ToString(), StringComparison.Ordinal);

        var output = await NodeProgram.RunTextAsync(program);

        var chat = new ChatClient(_server.Address, "my-chat");
        Assert.That(output, Is.EqualTo($"{await chat.ReadTextAsync(await chat.GetAsync("id"))} stop\n"));
    }

    /// <summary>The texts of the assistant's messages.</summary>
    private static Task<IReadOnlyList<string>> TextsAsync(IPage page) => page.Locator(".assistant").AllTextContentsAsync();

    /// <summary>Opens the page of the document, as if the server served it.</summary>
    private async Task<IPage> OpenAsync(string chat)
    {
        Chromium.Require();
        // Long enough for a slow reload in its middle.
        var sample = DocumentSample.Read("ai-sdk.md", "jsx").Replace("words: 200", "words: 600", StringComparison.Ordinal);
        var bundle = await NodeProgram.RunAsync("bundle.mjs", new { program = sample + Mount });
        _playwright ??= await Playwright.CreateAsync();
        _browser ??= await Chromium.LaunchAsync(_playwright);
        var page = await _browser.NewPageAsync();
        page.SetDefaultTimeout((float)Eventually.Limit.TotalMilliseconds);
        await page.RouteAsync("**/chat.html?*", route => route.FulfillAsync(new()
        {
            ContentType = "text/html; charset=utf-8",
            Body = $"<!doctype html><body></body><script type=\"module\">{bundle.GetProperty("script").GetString()!.Replace("</script", "<\\/script", StringComparison.Ordinal)}</script>",
        }));
        await page.GotoAsync(new Uri(_server.Address, $"/chat.html?chat={chat}").ToString());
        return page;
    }
}
