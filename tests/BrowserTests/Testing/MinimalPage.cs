using Microsoft.Playwright;

namespace SseStreaming.BrowserTests.Testing;

/// <summary>The minimal page of twenty lines, unchanged: only its own script handles the stream.</summary>
internal sealed class MinimalPage
{
    private readonly IPage _page;

    private MinimalPage(IPage page) => _page = page;

    /// <param name="page">A page that has just loaded its address.</param>
    public static async Task<MinimalPage> OpenAsync(IPage page)
    {
        await page.EvaluateAsync("() => source.addEventListener('message', ({ lastEventId }) => { globalThis.lastEventId = lastEventId; })");
        return new MinimalPage(page);
    }

    public Task WordsAsync(int atLeast) => Passage.WordsAsync(_page, atLeast);

    public Task ReconnectingAsync() => _page.WaitForFunctionAsync("() => source.readyState === EventSource.CONNECTING");

    /// <summary>Waits until the page is done, and compares its text with the stored text.</summary>
    public async Task CheckPassageAsync(Uri server)
    {
        await _page.WaitForFunctionAsync("() => document.title === 'Done'");
        var lastEventId = await _page.EvaluateAsync<string>("() => lastEventId");
        await Passage.CheckAsync(_page, server, lastEventId.Split('.')[0]);
        Assert.That(await _page.EvaluateAsync<bool>("() => source.readyState === EventSource.CLOSED"));
    }
}
